// Station: k8s/rules. Objects that name another one as their target: HPAs, StatefulSets, bindings. Called by M6.
import { at, listAt, textAt } from '../json.js';
import type { Complaint, KubeObject, ObjectSet } from '../rule.js';

/** Targets of `object` that are not there. */
export function targetReferences(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  switch (object.kind) {
    case 'HorizontalPodAutoscaler':
      return scaleTarget(object, all);
    case 'StatefulSet':
      return governingService(object, all);
    case 'RoleBinding':
      return [...boundRole(object, all), ...subjects(object, all)];
    case 'ClusterRoleBinding':
      return subjects(object, all);
    default:
      return [];
  }
}

function scaleTarget(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  const target = at(object.raw, 'spec', 'scaleTargetRef');
  const kind = textAt(target, 'kind') ?? '';
  const name = textAt(target, 'name') ?? '';
  if (all.find(kind, object.namespace, name) !== undefined) return [];
  return [{ path: ['spec', 'scaleTargetRef'], message: `scales ${kind} ${name}, which is not there` }];
}

function governingService(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  const name = textAt(object.raw, 'spec', 'serviceName') ?? '';
  if (name === '' || all.find('Service', object.namespace, name) !== undefined) return [];
  return [{ path: ['spec', 'serviceName'], message: `is named by Service ${name}, which is not there` }];
}

function boundRole(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  const name = textAt(object.raw, 'roleRef', 'name') ?? '';
  // ClusterRoles belong to the cluster: most are there before any manifest of ours.
  if (textAt(object.raw, 'roleRef', 'kind') !== 'Role' || all.find('Role', object.namespace, name) !== undefined)
    return [];
  return [{ path: ['roleRef'], message: `binds Role ${name}, which is not there` }];
}

function subjects(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  return listAt(object.raw, 'subjects').flatMap((subject, index) => {
    const name = textAt(subject, 'name') ?? '';
    const namespace = textAt(subject, 'namespace') ?? object.namespace;
    // Accounts of other namespaces come from elsewhere.
    const isOurs = textAt(subject, 'kind') === 'ServiceAccount' && namespace === object.namespace && name !== 'default';
    if (!isOurs || all.find('ServiceAccount', namespace, name) !== undefined) return [];
    return [{ path: ['subjects', index], message: `binds ServiceAccount ${name}, which is not there` }];
  });
}
