// Station: k8s/rules. Pods without a filter of system calls. Listed in index.
import { eachContainer, secured } from '../each-container.js';
import { isMap, textAt } from '../json.js';
import type { Rule } from '../rule.js';

/** A seccomp profile is set. */
export const seccomp: Rule = {
  id: 'seccomp',
  title: 'A seccomp profile is set',
  why: 'without one every system call of the kernel is open to whoever runs code here',
  fix: 'set securityContext.seccompProfile.type: RuntimeDefault',
  severity: 'error',
  equivalents: {
    'kube-score': ['container-seccomp-profile'],
    polaris: ['linuxHardening'],
    trivy: ['KSV-0030', 'KSV-0104'],
    checkov: ['CKV_K8S_31'],
  },
  check: (object) =>
    eachContainer(object, ['securityContext', 'seccompProfile'], (container, pod) => {
      const profile = secured(container, pod, 'seccompProfile');
      const type = isMap(profile) ? textAt(profile, 'type') : undefined;
      return type === 'RuntimeDefault' || type === 'Localhost' ? null : `has seccomp profile ${type ?? 'unset'}`;
    }),
};
