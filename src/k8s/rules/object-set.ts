// Station: k8s/rules. The objects that were given together, found by kind, namespace and name. Made by run-rules.
import type { KubeObject, ObjectSet } from './rule.js';

/** Kinds that belong to no namespace. */
export const clusterKinds: ReadonlySet<string> = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'GatewayClass',
  'IngressClass',
  'PersistentVolume',
  'PriorityClass',
  'StorageClass',
]);

/** Indexes `objects`. Of two with the same name the first is found. */
export function objectSet(objects: readonly KubeObject[]): ObjectSet {
  const byKind = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const same = byKind.get(object.kind);
    if (same === undefined) byKind.set(object.kind, [object]);
    else same.push(object);
  }
  const ofKind = (kind: string, namespace?: string) =>
    (byKind.get(kind) ?? []).filter((object) => namespace === undefined || object.namespace === namespace);
  return {
    objects,
    ofKind,
    find: (kind, namespace, name) =>
      ofKind(kind, clusterKinds.has(kind) ? undefined : namespace).find((object) => object.name === name),
  };
}
