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
  const byName = new Map<string, KubeObject>();
  for (const object of objects) {
    for (const key of [object.kind, keyOf(object.kind, object.namespace)]) {
      const same = byKind.get(key);
      if (same === undefined) byKind.set(key, [object]);
      else same.push(object);
    }
    const key = keyOf(object.kind, object.namespace, object.name);
    if (!byName.has(key)) byName.set(key, object);
  }
  return {
    objects,
    ofKind: (kind, namespace) => byKind.get(namespace === undefined ? kind : keyOf(kind, namespace)) ?? [],
    find: (kind, namespace, name) => byName.get(keyOf(kind, clusterKinds.has(kind) ? '' : namespace, name)),
  };
}

/** Of several parts one key that no other parts have. */
const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);
