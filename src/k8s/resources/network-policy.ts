// Station: k8s/resources. Who may come in and what may go out; everything else may not. Called by render.
import { metaOf, namespaceLabel, objectNames, portNames, selectorOf } from '../names.js';
import type { EgressRule, IngressRule, NetworkPolicy, Peer, PolicyPort } from '../objects/network.js';
import type { RenderSettings } from '../settings.js';

/** Where clouds give out the credentials of a node: the whole link-local network, and the address of IPv6 that is not in it. */
const metadata = { v4: ['169.254.0.0/16'], v6: ['fe80::/10', 'fd00:ec2::254/128'] } as const;

const anywhere: readonly Peer[] = [
  { ipBlock: { cidr: '0.0.0.0/0', except: metadata.v4 } },
  { ipBlock: { cidr: '::/0', except: metadata.v6 } },
];

/** Pods are not among the addresses of an ipBlock everywhere, so that they are named beside it. */
const anywhereAndPods: readonly Peer[] = [...anywhere, { namespaceSelector: {} }];

const dns: EgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { [namespaceLabel]: 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
};

const mongodbPort = 27_017;
const redisPort = 6_379;
const httpsPort = 443;

const tcp = (ports: readonly number[]): readonly PolicyPort[] =>
  ports.map((port) => ({ port, protocol: 'TCP' }) as const);

/** Pods of one namespace with these labels: both in one peer, so that both must fit (R15). */
function podsIn(namespace: string, matchLabels: Readonly<Record<string, string>>): Peer {
  return {
    namespaceSelector: { matchLabels: { [namespaceLabel]: namespace } },
    podSelector: { matchLabels },
  };
}

/** The pods by which cert-manager proves for minutes that the host is ours: they are in the namespace of the Ingress, and must be reached. */
const solvers = 'acme.cert-manager.io/http01-solver';

/** Nothing may come in or go out, of any pod of the namespace that no other policy speaks of. */
export function defaultDeny(settings: RenderSettings): NetworkPolicy {
  const { route } = settings;
  const isSolved = route.kind === 'ingress' && route.clusterIssuer !== null;
  const podSelector = isSolved ? { matchExpressions: [{ key: solvers, operator: 'DoesNotExist' } as const] } : {};
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metaOf(settings, 'server', objectNames.defaultDeny(settings)),
    spec: { podSelector, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] },
  };
}

/** The server: in from the ingress controller and Prometheus alone, out to what it needs. */
export function networkPolicy(settings: RenderSettings): NetworkPolicy {
  const { controller, monitoring } = settings;
  const fromOutside: IngressRule = {
    from: [podsIn(controller.namespace, controller.labels)],
    ports: [{ port: portNames.http, protocol: 'TCP' }],
  };
  const fromPrometheus = (namespace: string): IngressRule => ({
    from: [podsIn(namespace, { 'app.kubernetes.io/name': 'prometheus' })],
    ports: [{ port: portNames.ops, protocol: 'TCP' }],
  });
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metaOf(settings, 'server'),
    spec: {
      podSelector: { matchLabels: selectorOf(settings, 'server') },
      policyTypes: ['Ingress', 'Egress'],
      ingress: monitoring === null ? [fromOutside] : [fromOutside, fromPrometheus(monitoring.namespace)],
      egress: egress(settings),
    },
  };
}

function egress(settings: RenderSettings): readonly EgressRule[] {
  const { server } = settings;
  const endpoints = server.endpoints.map((endpoint) => ({
    ...endpoint,
    namespace: namespaceOf(endpoint.host, settings),
  }));
  const outside = endpoints.flatMap(({ namespace, port }) => (namespace === null ? [port] : []));
  const inside = endpoints.flatMap(({ namespace }) => namespace ?? []);
  const web = distinct([httpsPort, ...outside]);
  const further = distinct(settings.egressPorts);
  const stores: EgressRule = { to: anywhereAndPods, ports: tcp([mongodbPort, redisPort]) };
  // The port of a Service says nothing of that of its pods, which is the one that counts here.
  const models = distinct(inside).map((namespace) => ({
    to: [{ namespaceSelector: { matchLabels: { [namespaceLabel]: namespace } } }],
  }));
  return [
    dns,
    ...(server.storeKind === 'mongodb' ? [stores] : []),
    { to: anywhere, ports: tcp(web) },
    ...models,
    ...(further.length === 0 ? [] : [{ to: anywhereAndPods, ports: tcp(further) }]),
  ];
}

/** The namespace of a host inside the cluster: `vllm`, `vllm.models.svc`, `vllm.models.svc.cluster.local`; null for one outside. */
function namespaceOf(host: string, settings: RenderSettings): string | null {
  const inside = /^[a-z0-9-]+(?:\.([a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?)?$/.exec(host);
  return inside === null ? null : (inside[1] ?? settings.namespace);
}

function distinct<T extends number | string>(values: readonly T[]): readonly T[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The test MongoDB: in from the server alone, out to nowhere. */
export function mongodbPolicy(settings: RenderSettings): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metaOf(settings, 'mongodb', objectNames.mongodb(settings)),
    spec: {
      podSelector: { matchLabels: selectorOf(settings, 'mongodb') },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: selectorOf(settings, 'server') } }],
          ports: [{ port: portNames.mongodb, protocol: 'TCP' }],
        },
      ],
      egress: [],
    },
  };
}
