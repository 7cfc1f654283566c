// Station: test/helpers. A render without a command line: options and a config file in, settings and objects out; random ones for property tests. Called by test/k8s.
import fc from 'fast-check';
import type { Manifest } from '../../src/k8s/objects/manifest.js';
import type { OptionName } from '../../src/k8s/option-list.js';
import { parseOptions } from '../../src/k8s/parse-options.js';
import { render } from '../../src/k8s/render.js';
import { resolveSettings } from '../../src/k8s/resolve-settings.js';
import { readServerPart } from '../../src/k8s/server-part.js';
import type { RenderSettings } from '../../src/k8s/settings.js';
import { describeProblem } from '../../src/server/config/problem.js';

/** Options as texts, by their names. */
export type Options = Readonly<Partial<Record<OptionName, string>>>;

/** The least that a render is told. */
const leastOptions: Options = { image: 'registry.example.com/chatbox:1.2.3', host: 'chat.example.com' };

/** Settings of these options beside the least; throws with all problems. */
export async function settingsOf(options: Options = {}, config = ''): Promise<RenderSettings> {
  const given = Object.entries({ ...leastOptions, ...options });
  const { values, problems } = parseOptions(given.map(([name, raw]) => ({ name, raw, source: name })));
  const complain = (all: typeof problems): never => {
    throw new Error(all.map(describeProblem).join('\n'));
  };
  if (problems.length > 0) complain(problems);
  const server = await readServerPart(values, config === '' ? null : { text: config, label: 'chatbox.yaml' });
  if (!server.ok) return complain(server.problems);
  const { image = '', host = '' } = values;
  const resolved = resolveSettings({ ...values, image, host }, server.part, (name) => name);
  return resolved.ok ? resolved.settings : complain(resolved.problems);
}

/** The objects of these options beside the least. */
export async function renderOf(options: Options = {}, config = ''): Promise<readonly Manifest[]> {
  return render(await settingsOf(options, config)).map(({ manifest }) => manifest);
}

type OfKind<K extends Manifest['kind']> = Extract<Manifest, { readonly kind: K }>;

/** The objects of a kind. */
export function allOf<K extends Manifest['kind']>(objects: readonly Manifest[], kind: K): readonly OfKind<K>[] {
  return objects.filter((object): object is OfKind<K> => object.kind === kind);
}

/** The one object of a kind whose name does not say that it belongs to another part. */
export function oneOf<K extends Manifest['kind']>(objects: readonly Manifest[], kind: K, name?: string): OfKind<K> {
  const [found] = allOf(objects, kind).filter(({ metadata }) => name === undefined || metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name ?? ''}`);
  return found;
}

/** Options and a config file that fit together. */
export interface Deployment {
  readonly options: Options;
  readonly config: string;
}

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const count = (min: number, max: number) => fc.integer({ min, max });
const text = (value: fc.Arbitrary<unknown>) => value.map(String);

const common = fc.record({
  image: fc.oneof(
    fc.tuple(word, count(0, 99)).map(([name, minor]) => `registry.example.com:5000/team/${name}:1.${minor}`),
    fc.stringMatching(/^[0-9a-f]{64}$/).map((digest) => `chatbox@sha256:${digest}`),
  ),
  host: fc.tuple(word, word).map(([a, b]) => `${a}.${b}.example`),
  namespace: maybe(word.filter((name) => !/^(default$|kube-)/.test(name))),
  existingNamespace: maybe(fc.constant('true')),
  name: maybe(word),
  pathPrefix: maybe(fc.constantFrom('/', '/chat', '/a/b.c/d~1', '/012', '/true', '/x_y')),
  secretName: maybe(word.map((name) => `${name}.keys`)),
  secretVersion: maybe(fc.constantFrom('1', '007', 'v2', '1e3', 'true', '2026-01-01')),
  origins: maybe(fc.constantFrom('https://a.example', 'https://a.example,https://b.example:8443')),
  trustedProxies: maybe(fc.constantFrom('10.42.0.0/16', '10.42.0.0/16,fd00::/8')),
  cpu: maybe(fc.constantFrom('100m', '1', '0.5')),
  cpuLimit: maybe(fc.constantFrom('2', '1500m')),
  memory: maybe(fc.constantFrom('256Mi', '700Mi', '2Gi')),
  preStop: maybe(fc.constantFrom('1s', '1500ms', '30s')),
  egressPorts: maybe(fc.constantFrom('587', '25,587,2525')),
});

const routes = fc.oneof(
  fc.record({ gateway: maybe(word), gatewayNamespace: maybe(word), gatewayListener: maybe(word) }),
  fc.record({
    ingressClass: fc.constantFrom('traefik', 'haproxy', 'nginx'),
    tlsSecret: maybe(word),
    clusterIssuer: maybe(word),
    route: maybe(fc.constant('ingress')),
  }),
  fc.record({
    ingressClass: word.map((name) => `x-${name}`),
    controllerNamespace: word,
    controllerLabels: fc.constantFrom('app=proxy', 'app=proxy,example.com/tier=edge'),
  }),
);

const stores = fc.oneof(
  fc
    .record({ replicas: count(1, 9), more: maybe(count(0, 9)), withDevDependencies: maybe(fc.constant('true')) })
    .map(({ replicas, more, withDevDependencies }) => ({
      replicas: String(replicas),
      maxReplicas: more === undefined ? undefined : String(replicas + more),
      withDevDependencies,
    })),
  fc.record({
    store: fc.constant('sqlite'),
    storage: maybe(fc.constantFrom('512Mi', '20Gi')),
    storageClass: maybe(word),
  }),
);

const watching = fc.oneof(
  fc.constant({}),
  fc.record({
    monitoring: fc.constant('true'),
    monitoringNamespace: maybe(word),
    monitoringLabels: maybe(fc.constantFrom('release=prometheus', 'a=1,b=true')),
  }),
);

/** Lines of a config file: each section once. */
const configs = fc
  .record({
    http: fc.record({ port: maybe(text(count(1_024, 9_000))), bodyLimit: maybe(fc.constantFrom('64KiB', '4MiB')) }),
    ops: maybe(text(count(9_001, 19_999))),
    drain: maybe(fc.tuple(count(0, 60), count(0, 60), count(0, 30))),
    prompt: maybe(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.constantFrom('yes', '0x10', 'a: b\n# c\n', '  x\n\n y ', '{{ .Values }}'),
      ),
    ),
    encryption: maybe(fc.constant('off')),
    jwks: maybe(fc.constant('https://login.example.com/keys')),
    providers: fc.array(
      fc.constantFrom(
        'https://api.openai.com/v1',
        'http://vllm.models.svc:8000/v1',
        'https://10.1.2.3:8443',
        'http://llm:9000/v1',
      ),
      { maxLength: 3 },
    ),
  })
  .map(({ http, ops, drain, prompt, encryption, jwks, providers }) =>
    JSON.stringify({
      http: { port: http.port, bodyLimitBytes: http.bodyLimit },
      ops: { port: ops },
      ...(drain === undefined
        ? {}
        : {
            shutdown: {
              drainDelay: `${drain[0]}s`,
              turnGrace: `${drain[1]}s`,
              timeout: `${drain[0] + drain[1] + drain[2] + 5}s`,
            },
          }),
      chat: { systemPrompt: prompt },
      encryption: { mode: encryption },
      auth: { jwksUrl: jwks },
      llm: {
        providers: providers.map((endpoint, index) => ({
          type: 'openai',
          endpoint,
          model: `model-${index}`,
          id: `m${index}`,
        })),
      },
    }),
  );

/** Random deployments that are all allowed. */
export const deployments: fc.Arbitrary<Deployment> = fc
  .tuple(common, routes, stores, watching, configs)
  .map(([first, ...others]) => {
    const [route, store, watch, config] = others;
    const all = Object.entries({ ...first, ...route, ...store, ...watch });
    const options = Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Options;
    return { options, config };
  });
