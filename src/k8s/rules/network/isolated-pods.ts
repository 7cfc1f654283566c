// Station: k8s/rules. Pods that everybody may reach. Listed in index.
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';
import { policiesFor } from '../selectors.js';

/** Every pod has a network policy. */
export const isolatedPods: Rule = {
  id: 'isolated-pods',
  title: 'Every pod has a network policy',
  why: 'without one every pod of the cluster may reach it, and it may reach everything',
  fix: 'add a NetworkPolicy that selects it',
  severity: 'error',
  equivalents: {
    'kube-score': ['pod-networkpolicy'],
    'kube-linter': ['non-isolated-pod'],
    polaris: ['missingNetworkPolicy'],
    checkov: ['CKV2_K8S_6'],
  },
  check: (object, all) => {
    const pod = podOf(object);
    if (pod === undefined || policiesFor(pod, all).length > 0) return [];
    return [{ path: [], message: 'is selected by no NetworkPolicy' }];
  },
};
