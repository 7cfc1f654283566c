// Station: k8s/rules. Objects in the namespace of everybody. Listed in index.
import { textAt } from '../json.js';
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';

/** Workloads have a namespace of their own. */
export const defaultNamespace: Rule = {
  id: 'default-namespace',
  title: 'Workloads have a namespace of their own',
  why: 'policies, quotas and rights are set by namespace; in default they meet whatever else is there, and an object without one goes where kubectl happens to point',
  fix: 'set metadata.namespace',
  severity: 'warning',
  equivalents: {
    'kube-linter': ['use-namespace'],
    trivy: ['KSV-0110'],
    checkov: ['CKV_K8S_21'],
  },
  check: (object) => {
    const isMeant =
      podOf(object) !== undefined ||
      ['Service', 'Ingress', 'HTTPRoute', 'NetworkPolicy', 'ConfigMap', 'Secret'].includes(object.kind);
    if (!isMeant || object.namespace !== 'default') return [];
    const named = textAt(object.raw, 'metadata', 'namespace');
    return [
      {
        path: ['metadata', 'namespace'],
        message: named === undefined ? 'names no namespace' : 'lies in the namespace default',
      },
    ];
  },
};
