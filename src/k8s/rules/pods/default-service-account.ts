// Station: k8s/rules. The account that everybody has. Listed in index.
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';

/** Pods run under an account of their own. */
export const defaultServiceAccount: Rule = {
  id: 'default-service-account',
  title: 'Pods run under an account of their own',
  why: 'what one pod is granted through the default account every pod of the namespace has',
  fix: 'make a ServiceAccount, and name it in serviceAccountName',
  severity: 'warning',
  equivalents: {
    'kube-linter': ['default-service-account', 'deprecated-service-account-field'],
    checkov: ['CKV_K8S_41', 'CKV_K8S_42'],
  },
  check: (object) => {
    const pod = podOf(object);
    if (pod === undefined) return [];
    const { serviceAccountName: name, serviceAccount: old } = pod.spec;
    const path = [...pod.path, 'serviceAccountName'];
    if (old !== undefined && old !== name)
      return [{ path, message: 'names its account by the old field serviceAccount' }];
    return name === undefined || name === 'default' ? [{ path, message: 'runs under the default account' }] : [];
  },
};
