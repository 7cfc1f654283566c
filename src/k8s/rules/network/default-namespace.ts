// Station: k8s/rules. Objects in the namespace of everybody. Listed in index.
import { textAt } from '../json.js';
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';

/** Workloads have a namespace of their own. */
export const defaultNamespace: Rule = {
  id: 'default-namespace',
  title: 'Workloads have a namespace of their own',
  why: 'policies, quotas and rights are set by namespace; in default they meet whatever else is there, and an object without one beside others with one is parted from them',
  fix: 'set metadata.namespace',
  severity: 'warning',
  equivalents: {
    'kube-linter': ['use-namespace'],
    trivy: ['KSV-0110'],
    checkov: ['CKV_K8S_21'],
  },
  check: (object, all) => {
    const isMeant =
      podOf(object) !== undefined ||
      ['Service', 'Ingress', 'HTTPRoute', 'NetworkPolicy', 'ConfigMap', 'Secret'].includes(object.kind);
    if (!isMeant || object.namespace !== 'default') return [];
    const path = ['metadata', 'namespace'];
    if (textAt(object.raw, ...path) !== undefined) return [{ path, message: 'lies in the namespace default' }];
    // Where nothing names one, it is given when the manifests are applied: by a chart's release, a kustomization, kubectl -n.
    const elsewhere = all.objects.find(({ raw }) => textAt(raw, ...path) !== undefined);
    if (elsewhere === undefined) return [];
    return [
      { path, message: `names no namespace, while ${elsewhere.kind} ${elsewhere.name} lies in ${elsewhere.namespace}` },
    ];
  },
};
