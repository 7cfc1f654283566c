// Station: k8s/rules. All replicas on one node. Listed in index.
import { listAt } from '../json.js';
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';
import { leastReplicas } from '../workloads.js';

/** Replicas are spread over nodes. */
export const spread: Rule = {
  id: 'spread',
  title: 'Replicas are spread over nodes',
  why: 'replicas on one node fail together',
  fix: 'set topologySpreadConstraints over kubernetes.io/hostname, or a podAntiAffinity',
  severity: 'warning',
  equivalents: {
    'kube-score': [
      'deployment-has-host-podantiaffinity',
      'statefulset-has-host-podantiaffinity',
      'pod-topology-spread-constraints',
    ],
    'kube-linter': ['no-anti-affinity'],
    polaris: ['topologySpreadConstraint'],
  },
  check: (object, all) => {
    const pod = podOf(object);
    if (pod === undefined || leastReplicas(object, all) < 2) return [];
    const antiAffinity = (
      ['requiredDuringSchedulingIgnoredDuringExecution', 'preferredDuringSchedulingIgnoredDuringExecution'] as const
    ).some((key) => listAt(pod.spec, 'affinity', 'podAntiAffinity', key).length > 0);
    if (antiAffinity || listAt(pod.spec, 'topologySpreadConstraints').length > 0) return [];
    return [{ path: [...pod.path, 'topologySpreadConstraints'], message: 'does not say how its replicas are spread' }];
  },
};
