// Station: k8s/rules. A container that may run as root. Listed in index.
import { eachContainer, secured } from '../each-container.js';
import type { Rule } from '../rule.js';

/** Containers do not run as root. */
export const runAsNonRoot: Rule = {
  id: 'run-as-non-root',
  title: 'Containers do not run as root',
  why: 'root in a container is root on the node as soon as anything lets it out',
  fix: 'set securityContext.runAsNonRoot: true, and a runAsUser other than 0',
  severity: 'error',
  equivalents: {
    'kube-score': ['container-security-context-user-group-id'],
    'kube-linter': ['run-as-non-root'],
    polaris: ['runAsRootAllowed'],
    trivy: ['KSV-0012', 'KSV-0105', 'KSV-0118'],
    checkov: ['CKV_K8S_23', 'CKV_K8S_29', 'CKV_K8S_30'],
  },
  check: (object) =>
    eachContainer(object, ['securityContext', 'runAsNonRoot'], (container, pod) => {
      if (secured(container, pod, 'runAsUser') === 0) return 'runs as user 0';
      return secured(container, pod, 'runAsNonRoot') === true ? null : 'may run as root: runAsNonRoot is not true';
    }),
};
