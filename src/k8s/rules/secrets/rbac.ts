// Station: k8s/rules. Rights over everything. Listed in index.
import { listAt, textAt } from '../json.js';
import type { Rule } from '../rule.js';

/** No role has rights over everything. */
export const rbac: Rule = {
  id: 'rbac',
  title: 'No role has rights over everything',
  why: 'a wildcard covers what is added later',
  fix: 'name resources and verbs; bind no cluster-admin',
  severity: 'error',
  equivalents: {
    'kube-linter': ['wildcard-in-rules', 'cluster-admin-role-binding'],
    polaris: ['clusterrolebindingClusterAdmin', 'rolebindingClusterAdminClusterRole'],
    trivy: ['KSV-0044', 'KSV-0045', 'KSV-0046'],
    checkov: ['CKV_K8S_49'],
  },
  check: (object) => {
    if (/^(Cluster)?RoleBinding$/.test(object.kind)) {
      const isAdmin = textAt(object.raw, 'roleRef', 'name') === 'cluster-admin';
      return isAdmin ? [{ path: ['roleRef'], message: 'binds cluster-admin' }] : [];
    }
    if (!/^(Cluster)?Role$/.test(object.kind)) return [];
    return listAt(object.raw, 'rules').flatMap((rule, index) => {
      const wild = (['apiGroups', 'resources', 'verbs'] as const).filter((key) => listAt(rule, key).includes('*'));
      return wild.length === 0 ? [] : [{ path: ['rules', index], message: `has a wildcard in ${wild.join(', ')}` }];
    });
  },
};
