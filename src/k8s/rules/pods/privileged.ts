// Station: k8s/rules. Privileged containers. Listed in index.
import { eachContainer } from '../each-container.js';
import { at } from '../json.js';
import type { Rule } from '../rule.js';

/** No container is privileged. */
export const privileged: Rule = {
  id: 'privileged',
  title: 'No container is privileged',
  why: 'a privileged container is the node',
  fix: 'remove securityContext.privileged',
  severity: 'error',
  equivalents: {
    'kube-score': ['container-security-context-privileged'],
    'kube-linter': ['privileged-container'],
    polaris: ['runAsPrivileged'],
    trivy: ['KSV-0017'],
    checkov: ['CKV_K8S_16'],
  },
  check: (object) =>
    eachContainer(object, ['securityContext', 'privileged'], ({ spec }) =>
      at(spec, 'securityContext', 'privileged') === true ? 'is privileged' : null,
    ),
};
