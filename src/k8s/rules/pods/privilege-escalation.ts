// Station: k8s/rules. Programs that may gain rights. Listed in index.
import { eachContainer } from '../each-container.js';
import { at } from '../json.js';
import type { Rule } from '../rule.js';

/** No process gains more rights than it was started with. */
export const privilegeEscalation: Rule = {
  id: 'privilege-escalation',
  title: 'No process gains more rights than it was started with',
  why: 'a setuid program in the image is enough to become root',
  fix: 'set securityContext.allowPrivilegeEscalation: false',
  severity: 'error',
  equivalents: {
    'kube-linter': ['privilege-escalation-container'],
    polaris: ['privilegeEscalationAllowed'],
    trivy: ['KSV-0001'],
    checkov: ['CKV_K8S_20'],
  },
  check: (object) =>
    eachContainer(object, ['securityContext', 'allowPrivilegeEscalation'], ({ spec }) =>
      at(spec, 'securityContext', 'allowPrivilegeEscalation') === false
        ? null
        : 'may gain rights: allowPrivilegeEscalation is not false',
    ),
};
