// Station: k8s. Values of options become the settings of a deployment, or everything that does not fit together. Called by the render command and its tests.
import type { Problem } from '../server/config/problem.js';
import { knownClasses, type PodsElsewhere, podsOfClass, podsOfGateway } from './controllers.js';
import { defaultNamespace } from './names.js';
import type { OptionName } from './option-list.js';
import type { OptionValues } from './parse-options.js';
import type { ServerPart } from './server-part.js';
import type { RenderSettings, RouteSettings } from './settings.js';

/** Time between the end of the shutdown and the kill, in seconds (H5). */
const buffer = { usual: 10, least: 5 } as const;

const defaults = {
  name: 'chatbox',
  gateway: 'gateway',
  cpuMilli: 250,
  cpuLimitMilli: 2_000,
  storageMiB: 10_240,
} as const;

interface Check {
  /** The option to blame. */
  readonly of: OptionName;
  readonly isBroken: (given: OptionValues, server: ServerPart) => boolean;
  readonly message: (given: OptionValues, server: ServerPart) => string;
  readonly fix: string;
}

const routeOf = ({ route, ingressClass }: OptionValues): 'gateway' | 'ingress' =>
  route ?? (ingressClass === undefined ? 'gateway' : 'ingress');
const replicasOf = ({ replicas }: OptionValues, { storeKind }: Pick<ServerPart, 'storeKind'>): number =>
  replicas ?? (storeKind === 'sqlite' ? 1 : 2);
const preStopOf = ({ preStop }: OptionValues): number => Math.ceil((preStop ?? 5_000) / 1_000);
const drainOf = (given: OptionValues, { shutdownTimeoutMs }: ServerPart): number =>
  preStopOf(given) + Math.ceil(shutdownTimeoutMs / 1_000);

/** Options that say something only where another was chosen. */
function only(
  of: OptionName,
  isFor: (given: OptionValues, server: ServerPart) => boolean,
  what: string,
  fix: string,
): Check {
  return {
    of,
    isBroken: (given, server) => given[of] !== undefined && !isFor(given, server),
    message: () => `has no meaning ${what}`,
    fix,
  };
}

const isIngress = (given: OptionValues): boolean => routeOf(given) === 'ingress';
const isGateway = (given: OptionValues): boolean => !isIngress(given);
const toIngress = 'add --route ingress, or take it out';
const hasVolume = (given: OptionValues, { storeKind }: ServerPart): boolean =>
  storeKind === 'sqlite' || given.withDevDependencies === true;

const checks: readonly Check[] = [
  only('ingressClass', isIngress, 'with --route gateway', toIngress),
  only('tlsSecret', isIngress, 'with --route gateway: the listener of the Gateway has the certificate', toIngress),
  only('clusterIssuer', isIngress, 'with --route gateway: the listener of the Gateway has the certificate', toIngress),
  only('gateway', isGateway, 'with --route ingress', 'take it out, or the ingress'),
  only('gatewayNamespace', isGateway, 'with --route ingress', 'take it out, or the ingress'),
  only('gatewayListener', isGateway, 'with --route ingress', 'take it out, or the ingress'),
  only('monitoringNamespace', ({ monitoring }) => monitoring === true, 'without --monitoring', 'add --monitoring'),
  only('monitoringLabels', ({ monitoring }) => monitoring === true, 'without --monitoring', 'add --monitoring'),
  only('storage', hasVolume, 'where nothing is stored in the cluster', 'take it out, or add --store sqlite'),
  only('storageClass', hasVolume, 'where nothing is stored in the cluster', 'take it out, or add --store sqlite'),
  {
    of: 'route',
    isBroken: (given) => isIngress(given) && given.ingressClass === undefined,
    message: () => 'is ingress, and no class is named',
    fix: `add --ingress-class: ${knownClasses.join(', ')}, or another`,
  },
  {
    of: 'ingressClass',
    isBroken: (given) =>
      isIngress(given) &&
      given.ingressClass !== undefined &&
      podsOfClass(given.ingressClass) === null &&
      (given.controllerNamespace === undefined || (given.controllerLabels ?? []).length === 0),
    message: ({ ingressClass }) =>
      `${ingressClass} is none of ${knownClasses.join(', ')}: where its controller runs is not known`,
    fix: 'add --controller-namespace and --controller-labels',
  },
  {
    of: 'controllerLabels',
    isBroken: ({ controllerLabels }) => controllerLabels?.length === 0,
    message: () => 'is empty: every pod of the namespace would be let in',
    fix: 'name the labels of the controller, as key=value',
  },
  {
    of: 'replicas',
    isBroken: (given, server) => server.storeKind === 'sqlite' && replicasOf(given, server) > 1,
    message: (given, server) => `${replicasOf(given, server)} servers cannot share one SQLite file`,
    fix: 'take one, or --store mongodb',
  },
  {
    of: 'maxReplicas',
    isBroken: ({ maxReplicas }, { storeKind }) => storeKind === 'sqlite' && (maxReplicas ?? 1) > 1,
    message: ({ maxReplicas }) => `${maxReplicas} servers cannot share one SQLite file`,
    fix: 'take it out, or --store mongodb',
  },
  {
    of: 'maxReplicas',
    isBroken: (given, server) => given.maxReplicas !== undefined && given.maxReplicas < replicasOf(given, server),
    message: (given, server) => `${given.maxReplicas} is less than the ${replicasOf(given, server)} replicas`,
    fix: 'raise it, or lower --replicas',
  },
  {
    of: 'grace',
    isBroken: (given, server) =>
      given.grace !== undefined && given.grace / 1_000 < drainOf(given, server) + buffer.least,
    message: (given, server) => {
      const parts = `pre-stop ${preStopOf(given)} s + SHUTDOWN_TIMEOUT ${Math.ceil(server.shutdownTimeoutMs / 1_000)} s`;
      return `${(given.grace ?? 0) / 1_000} s is shorter than the drain: ${parts} + ${buffer.least} s to spare = ${drainOf(given, server) + buffer.least} s`;
    },
    fix: 'raise it, or take it out; or lower SHUTDOWN_TIMEOUT (shutdown.timeout of the config file)',
  },
  {
    of: 'cpuLimit',
    isBroken: ({ cpu, cpuLimit }) => (cpuLimit ?? defaults.cpuLimitMilli) < (cpu ?? defaults.cpuMilli),
    message: () => 'is less than --cpu, which is promised',
    fix: 'raise it, or lower --cpu',
  },
  {
    of: 'monitoring',
    isBroken: ({ monitoring }, { opsPort }) => monitoring === true && opsPort === null,
    message: () => 'needs the operations port, and OPS_PORT is off',
    fix: 'take ops.port: off out of the config file',
  },
  {
    of: 'withDevDependencies',
    isBroken: ({ withDevDependencies }, { storeKind }) => withDevDependencies === true && storeKind === 'sqlite',
    message: () => 'brings a MongoDB, and the store is sqlite',
    fix: 'take one of them out',
  },
  {
    of: 'namespace',
    isBroken: ({ namespace }) => namespace !== undefined && /^(default$|kube-)/.test(namespace),
    message: ({ namespace }) => `${namespace} is a namespace of the cluster itself`,
    fix: 'take one of its own',
  },
  {
    of: 'tlsSecret',
    isBroken: (given) => isIngress(given) && tlsSecretOf(given) === secretNameOf(given),
    message: (given) => `${tlsSecretOf(given)} is the Secret of the server too`,
    fix: 'keep certificate and secrets apart',
  },
];

const nameOf = ({ name }: OptionValues): string => name ?? defaults.name;
const tlsSecretOf = (given: OptionValues): string => given.tlsSecret ?? `${nameOf(given)}-tls`;
const secretNameOf = (given: OptionValues): string => given.secretName ?? `${nameOf(given)}-secrets`;

/** What no deployment can do without. */
export function missingOptions(given: OptionValues, sources: ReadonlyMap<OptionName, string>): readonly Problem[] {
  const needed = [
    ['image', '--image', 'name the image of chatbox, such as registry.example.com/chatbox:1.2.3'],
    ['host', '--host', 'name the host under which the public reaches it, such as chat.example.com'],
  ] as const;
  return needed
    .filter(([name]) => given[name] === undefined && !sources.has(name))
    .map(([, source, fix]) => ({ source, message: 'is not given', fix }));
}

/** The settings of a deployment, or what does not fit. @param flagOf where an option was given, or how it is called */
export function resolveSettings(
  given: OptionValues & { readonly image: string; readonly host: string },
  server: ServerPart,
  flagOf: (name: OptionName) => string,
):
  | { readonly ok: true; readonly settings: RenderSettings }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const problems = checks
    .filter(({ isBroken }) => isBroken(given, server))
    .map(({ of, message, fix }) => ({ source: flagOf(of), message: message(given, server), fix }));
  if (problems.length > 0) return { ok: false, problems };
  const replicas = replicasOf(given, server);
  const most = server.storeKind === 'sqlite' ? 1 : (given.maxReplicas ?? Math.min(replicas * 3, 1_000));
  const route = resolveRoute(given);
  return {
    ok: true,
    settings: {
      name: nameOf(given),
      namespace: given.namespace ?? defaultNamespace,
      makesNamespace: given.existingNamespace !== true,
      image: given.image,
      host: given.host,
      replicas,
      maxReplicas: most > replicas ? most : null,
      server,
      route,
      controller: controllerOf(given, route),
      secretName: secretNameOf(given),
      secretVersion: given.secretVersion ?? null,
      cpuMilli: given.cpu ?? defaults.cpuMilli,
      cpuLimitMilli: given.cpuLimit ?? defaults.cpuLimitMilli,
      memoryMiB: given.memory ?? 512,
      preStopSeconds: preStopOf(given),
      graceSeconds: given.grace === undefined ? drainOf(given, server) + buffer.usual : Math.floor(given.grace / 1_000),
      egressPorts: given.egressPorts ?? [],
      monitoring:
        given.monitoring === true
          ? {
              namespace: given.monitoringNamespace ?? 'monitoring',
              labels: Object.fromEntries(given.monitoringLabels ?? []),
            }
          : null,
      storage: { sizeMiB: given.storage ?? defaults.storageMiB, className: given.storageClass ?? null },
      hasDevDependencies: given.withDevDependencies === true,
    },
  };
}

function resolveRoute(given: OptionValues): RouteSettings {
  if (isIngress(given)) {
    return {
      kind: 'ingress',
      ingressClass: given.ingressClass ?? '',
      tlsSecret: tlsSecretOf(given),
      clusterIssuer: given.clusterIssuer ?? null,
    };
  }
  return {
    kind: 'gateway',
    gateway: given.gateway ?? defaults.gateway,
    namespace: given.gatewayNamespace ?? defaults.gateway,
    listener: given.gatewayListener ?? 'https',
  };
}

function controllerOf({ controllerNamespace, controllerLabels }: OptionValues, route: RouteSettings): PodsElsewhere {
  const usual =
    route.kind === 'ingress' ? podsOfClass(route.ingressClass) : podsOfGateway(route.gateway, route.namespace);
  const labels = controllerLabels === undefined ? usual?.labels : Object.fromEntries(controllerLabels);
  return { namespace: controllerNamespace ?? usual?.namespace ?? '', labels: labels ?? {} };
}
