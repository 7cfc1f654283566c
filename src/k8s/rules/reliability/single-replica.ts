// Station: k8s/rules. Deployments that are gone while their pod is. Listed in index.
import { textAt } from '../json.js';
import type { Rule } from '../rule.js';
import { serversOf, usesMongo } from '../server-of.js';
import { leastReplicas } from '../workloads.js';

/** Servers run more than once. */
export const singleReplica: Rule = {
  id: 'single-replica',
  title: 'Servers run more than once',
  why: 'one replica is away during every rollout and every loss of a node',
  fix: 'run two replicas or more; one that stores in SQLite, or is replaced by strategy Recreate, stays alone',
  severity: 'warning',
  equivalents: {
    'kube-score': ['deployment-replicas', 'horizontalpodautoscaler-replicas'],
    'kube-linter': ['minimum-three-replicas', 'hpa-minimum-three-replicas'],
    polaris: ['deploymentMissingReplicas'],
  },
  check: (object, all) => {
    if (object.kind !== 'Deployment' || leastReplicas(object, all) !== 1) return [];
    const servers = serversOf(object, all);
    const isAlone = servers.length > 0 && !servers.every(usesMongo);
    if (isAlone || textAt(object.raw, 'spec', 'strategy', 'type') === 'Recreate') return [];
    return [{ path: ['spec', 'replicas'], message: 'runs one replica' }];
  },
};
