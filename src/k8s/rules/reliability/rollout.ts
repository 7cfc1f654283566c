// Station: k8s/rules. Rollouts that take the service away. Listed in index.
import { at, textAt } from '../json.js';
import type { Rule } from '../rule.js';
import { serversOf } from '../server-of.js';
import { leastReplicas } from '../workloads.js';

/** A rollout keeps the replicas that were asked for. */
export const rollout: Rule = {
  id: 'rollout',
  title: 'A rollout keeps the replicas that were asked for',
  why: 'with maxUnavailable above 0 the sockets of a whole replica meet a service that is short of one',
  fix: 'set strategy RollingUpdate with maxUnavailable: 0 and maxSurge: 1',
  severity: 'warning',
  equivalents: {
    'kube-score': ['deployment-strategy'],
    'kube-linter': ['no-rolling-update-strategy'],
  },
  check: (object, all) => {
    if (object.kind !== 'Deployment' || leastReplicas(object, all) < 2) return [];
    const path = ['spec', 'strategy'];
    if (textAt(object.raw, 'spec', 'strategy', 'type') === 'Recreate')
      return [{ path, message: 'stops every replica before it starts the next' }];
    const most = at(object.raw, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable');
    if (serversOf(object, all).length === 0 || most === 0 || most === '0%') return [];
    return [
      {
        path,
        message: `may be short of ${most === undefined ? 'a quarter' : String(most)} of its replicas during a rollout`,
      },
    ];
  },
};
