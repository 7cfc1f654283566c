// Station: k8s/rules. Services that open a port on every node. Listed in index.
import { listAt, textAt } from '../json.js';
import type { Rule } from '../rule.js';

/** Services are reached through a route. */
export const serviceType: Rule = {
  id: 'service-type',
  title: 'Services are reached through a route',
  why: 'a NodePort or an external IP leads past the proxy that ends TLS and sets limits',
  fix: 'use type ClusterIP behind an Ingress or a Gateway',
  severity: 'warning',
  equivalents: {
    'kube-score': ['service-type'],
    'kube-linter': ['exposed-services'],
  },
  check: (object) => {
    if (object.kind !== 'Service') return [];
    const type = textAt(object.raw, 'spec', 'type');
    const isOpen = type === 'NodePort' || type === 'LoadBalancer';
    return [
      ...(isOpen ? [{ path: ['spec', 'type'], message: `is of type ${type}` }] : []),
      ...(listAt(object.raw, 'spec', 'externalIPs').length > 0
        ? [{ path: ['spec', 'externalIPs'], message: 'takes external IPs' }]
        : []),
    ];
  },
};
