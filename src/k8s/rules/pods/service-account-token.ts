// Station: k8s/rules. Tokens for the cluster that nobody uses. Listed in index.
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';

/** Pods carry no token for the cluster. */
export const serviceAccountToken: Rule = {
  id: 'service-account-token',
  title: 'Pods carry no token for the cluster',
  why: 'whoever reads files in the pod speaks to the API server in its name',
  fix: 'set automountServiceAccountToken: false on the pod or on its ServiceAccount',
  severity: 'error',
  equivalents: {
    polaris: ['automountServiceAccountToken'],
    trivy: ['KSV-0036'],
    checkov: ['CKV_K8S_38'],
  },
  check: (object, all) => {
    const pod = podOf(object);
    if (pod === undefined) return [];
    const name = pod.spec.serviceAccountName;
    const account = typeof name === 'string' ? all.find('ServiceAccount', object.namespace, name) : undefined;
    // The pod's own word counts before that of its account.
    const isMounted = pod.spec.automountServiceAccountToken ?? account?.raw.automountServiceAccountToken ?? true;
    if (isMounted === false) return [];
    return [{ path: [...pod.path, 'automountServiceAccountToken'], message: 'mounts a token for the API server' }];
  },
};
