// Station: k8s/rules. Two that say how many replicas there are. Listed in index.
import { at } from '../json.js';
import type { Rule } from '../rule.js';
import { hpaOf } from '../workloads.js';

/** One place says how many replicas there are. */
export const hpaAndReplicas: Rule = {
  id: 'hpa-and-replicas',
  title: 'One place says how many replicas there are',
  why: 'each apply sets replicas back to the manifest’s number, in the midst of the load that the autoscaler answered',
  fix: 'remove spec.replicas from what an autoscaler scales',
  severity: 'warning',
  equivalents: {
    'kube-score': ['deployment-targeted-by-hpa-does-not-have-replicas-configured'],
  },
  check: (object, all) =>
    at(object.raw, 'spec', 'replicas') === undefined || hpaOf(object, all) === undefined
      ? []
      : [{ path: ['spec', 'replicas'], message: 'has replicas, and an autoscaler that sets them' }],
};
