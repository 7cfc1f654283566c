// Station: k8s/rules. How many pods a workload runs, and what scales it. Called by rules about replicas.
import { numberAt, textAt } from './json.js';
import type { KubeObject, ObjectSet } from './rule.js';

/** The autoscaler of a workload, if any. */
export function hpaOf(object: KubeObject, all: ObjectSet): KubeObject | undefined {
  return all
    .ofKind('HorizontalPodAutoscaler', object.namespace)
    .find(
      ({ raw }) =>
        textAt(raw, 'spec', 'scaleTargetRef', 'kind') === object.kind &&
        textAt(raw, 'spec', 'scaleTargetRef', 'name') === object.name,
    );
}

/** Replicas that the manifest asks for; 1 where it says nothing, 0 for kinds that have none. */
export function replicasOf({ kind, raw }: KubeObject): number {
  return ['Deployment', 'StatefulSet', 'ReplicaSet'].includes(kind) ? (numberAt(raw, 'spec', 'replicas') ?? 1) : 0;
}

/** The least replicas that run: what the autoscaler keeps, else what the manifest asks for. */
export function leastReplicas(object: KubeObject, all: ObjectSet): number {
  const hpa = hpaOf(object, all);
  return hpa === undefined ? replicasOf(object) : (numberAt(hpa.raw, 'spec', 'minReplicas') ?? 1);
}
