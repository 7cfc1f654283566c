// Station: k8s/rules. User ids that the node may know. Listed in index.
import { eachContainer, secured } from '../each-container.js';
import type { Rule } from '../rule.js';

/** Containers run under ids that no node uses. */
export const highUserId: Rule = {
  id: 'high-user-id',
  title: 'Containers run under ids that no node uses',
  why: 'an id below 10000 may belong to somebody on the node, whose files a process that escapes could touch',
  fix: 'set runAsUser and runAsGroup to 10000 or more (chatbox: 10001)',
  severity: 'warning',
  equivalents: {
    'kube-score': ['container-security-context-user-group-id'],
    trivy: ['KSV-0020', 'KSV-0021'],
    checkov: ['CKV_K8S_40'],
  },
  check: (object) =>
    eachContainer(object, ['securityContext'], (container, pod) => {
      const low = (['runAsUser', 'runAsGroup'] as const).filter((key) => {
        const id = secured(container, pod, key);
        return typeof id !== 'number' || id < lowest;
      });
      return low.length === 0 ? null : `has ${low.join(' and ')} unset or below ${lowest}`;
    }),
};

const lowest = 10_000;
