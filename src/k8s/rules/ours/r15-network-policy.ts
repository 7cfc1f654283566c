// Station: k8s/rules. R15: a network policy that lets too many in, or the server's own calls not out. Listed in index.
import { at, isMap, listAt, type Path, textAt } from '../json.js';
import type { Complaint, KubeObject, ObjectSet, Rule } from '../rule.js';
import { isEmptySelector, matchesSelector, podSelectorOf, policiesFor } from '../selectors.js';
import { allServers, type ServerView, serversOf, usesMongo } from '../server-of.js';

/** R15. */
export const networkPolicy: Rule = {
  id: 'R15',
  title: 'The network policy names who comes in, and lets out what the server needs',
  why: 'a namespace alone lets every pod in it reach the server; a policy for egress that forgets DNS or the store cuts the server off',
  fix: 'select the ingress controller by namespaceSelector and podSelector in one entry; allow DNS (53, UDP and TCP), MongoDB (27017), Redis (6379) where it is used, and HTTPS (443) out',
  severity: 'error',
  equivalents: { 'kube-score': ['pod-networkpolicy'], trivy: ['KSV-0038'] },
  check: (object, all) =>
    object.kind === 'NetworkPolicy'
      ? incoming(object, all)
      : serversOf(object, all).flatMap((server) => outgoing(server, all)),
};

/** Who may come in, of a policy that selects one of our servers. */
function incoming(policy: KubeObject, all: ObjectSet): readonly Complaint[] {
  const selects = allServers(all, policy.namespace).some(({ pod }) =>
    matchesSelector(podSelectorOf(policy), pod.labels),
  );
  if (!selects) return [];
  return listAt(policy.raw, 'spec', 'ingress').flatMap((rule, index) => {
    const path: Path = ['spec', 'ingress', index];
    const peers = listAt(rule, 'from');
    if (peers.length === 0) return [{ path, message: 'lets everybody in: the rule has no from' }];
    return peers.flatMap((peer, number): readonly Complaint[] => {
      const place: Path = [...path, 'from', number];
      const cidr = textAt(peer, 'ipBlock', 'cidr');
      if (cidr !== undefined)
        return /\/0$/.test(cidr) ? [{ path: place, message: `lets every address in: ${cidr}` }] : [];
      const namespaces = at(peer, 'namespaceSelector');
      const isAnyPod = isEmptySelector(at(peer, 'podSelector'));
      if (isMap(namespaces) && isAnyPod) {
        const what = isEmptySelector(namespaces) ? 'every namespace' : 'a whole namespace';
        return [
          { path: place, message: `lets every pod of ${what} in: the entry selects by namespace, and not by pod` },
        ];
      }
      if (isMap(namespaces) && isEmptySelector(namespaces)) {
        return [
          {
            path: place,
            message:
              'lets pods of every namespace in that call themselves so: the entry selects by pod, and not by namespace',
          },
        ];
      }
      return [];
    });
  });
}

/** A way out that the server needs. */
interface Need {
  readonly what: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

const always: readonly Need[] = [
  { what: 'DNS', port: 53, protocol: 'UDP' },
  { what: 'DNS', port: 53, protocol: 'TCP' },
  { what: 'HTTPS (models, JWKS)', port: 443, protocol: 'TCP' },
];

function outgoing(server: ServerView, all: ObjectSet): readonly Complaint[] {
  // Policies add up: what one of them allows is allowed.
  const policies = policiesFor(server.pod, all).filter(limitsEgress);
  if (policies.length === 0) return [];
  const rules = policies.flatMap((policy) => listAt(policy.raw, 'spec', 'egress'));
  const needs = [
    ...always,
    ...(usesMongo(server) ? [{ what: 'MongoDB', port: 27_017, protocol: 'TCP' } as const] : []),
    ...(speaksOfRedis(server) ? [{ what: 'Redis', port: 6_379, protocol: 'TCP' } as const] : []),
  ];
  const names = policies.map(({ name }) => name).join(', ');
  return needs
    .filter((need) => !rules.some((rule) => allows(rule, need)))
    .map(({ what, port, protocol }) => ({
      path: server.pod.path,
      message: `cannot reach ${what}: NetworkPolicy ${names} lets no ${protocol} to port ${port} out`,
    }));
}

function limitsEgress(policy: KubeObject): boolean {
  const types = listAt(policy.raw, 'spec', 'policyTypes');
  return types.length > 0 ? types.includes('Egress') : at(policy.raw, 'spec', 'egress') !== undefined;
}

function allows(rule: unknown, { port, protocol }: Need): boolean {
  const ports = listAt(rule, 'ports');
  return (
    ports.length === 0 ||
    ports.some((entry) => {
      if ((textAt(entry, 'protocol') ?? 'TCP') !== protocol) return false;
      const first = at(entry, 'port');
      const last = at(entry, 'endPort');
      if (first === undefined) return true;
      // A name is one of the port on the other side, which is not known here: it gets the benefit of the doubt.
      if (typeof first === 'string') return true;
      return first === port || (typeof first === 'number' && typeof last === 'number' && first <= port && port <= last);
    })
  );
}

/** Redis is needed where a name of the server's environment speaks of it. */
function speaksOfRedis({ container, secretNames, settings }: ServerView): boolean {
  const names = listAt(container.spec, 'env').map((entry) => textAt(entry, 'name') ?? '');
  const isGiven = [...settings].some(([key, { isGiven }]) => isGiven && /redis/i.test(key));
  return isGiven || [...names, ...secretNames].some((name) => /REDIS/.test(name));
}
