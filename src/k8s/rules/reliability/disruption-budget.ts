// Station: k8s/rules. Nodes that are emptied all at once, or never. Listed in index.
import { at, numberAt } from '../json.js';
import { podOf } from '../pod.js';
import type { KubeObject, ObjectSet, Rule } from '../rule.js';
import { matchesSelector } from '../selectors.js';
import { leastReplicas } from '../workloads.js';

/** Replicas have a disruption budget that lets some go. */
export const disruptionBudget: Rule = {
  id: 'disruption-budget',
  title: 'Replicas have a disruption budget that lets some go',
  why: 'without one an upgrade of the cluster may stop all replicas at once; one that lets nobody go stops the upgrade',
  fix: 'add a PodDisruptionBudget with maxUnavailable: 1 that selects the pods',
  severity: 'warning',
  equivalents: {
    'kube-score': [
      'deployment-has-poddisruptionbudget',
      'statefulset-has-poddisruptionbudget',
      'poddisruptionbudget-has-policy',
    ],
    'kube-linter': ['pdb-max-unavailable', 'pdb-min-available'],
    polaris: ['missingPodDisruptionBudget'],
  },
  check: (object, all) => {
    if (object.kind === 'PodDisruptionBudget') return stuck(object, all);
    if (!['Deployment', 'StatefulSet'].includes(object.kind) || leastReplicas(object, all) < 2) return [];
    const pod = podOf(object);
    const budgets = all.ofKind('PodDisruptionBudget', object.namespace);
    if (pod === undefined || budgets.some(({ raw }) => matchesSelector(at(raw, 'spec', 'selector'), pod.labels)))
      return [];
    return [{ path: [], message: 'runs several replicas without a PodDisruptionBudget' }];
  },
};

/** A budget that lets nobody go, or does not say. */
function stuck(budget: KubeObject, all: ObjectSet) {
  const most = at(budget.raw, 'spec', 'maxUnavailable');
  const least = at(budget.raw, 'spec', 'minAvailable');
  if (most === undefined && least === undefined)
    return [{ path: ['spec'], message: 'says neither minAvailable nor maxUnavailable' }];
  const running = all.objects.flatMap((object) => {
    const pod = podOf(object);
    const isMeant =
      pod !== undefined &&
      object.namespace === budget.namespace &&
      matchesSelector(at(budget.raw, 'spec', 'selector'), pod.labels);
    return isMeant ? leastReplicas(object, all) : [];
  });
  const lowest = Math.min(...running);
  const isStuck =
    most === 0 || most === '0%' || least === '100%' || (numberAt(budget.raw, 'spec', 'minAvailable') ?? -1) >= lowest;
  return isStuck ? [{ path: ['spec'], message: 'lets no pod go: a node with one can never be emptied' }] : [];
}
