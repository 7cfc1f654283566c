// Station: k8s/rules. Namespaces that demand nothing of their pods. Listed in index.
import { textAt } from '../json.js';
import type { Rule } from '../rule.js';

const label = 'pod-security.kubernetes.io/enforce';

/** Pod Security restricted. */
export const podSecurity: Rule = {
  id: 'pod-security',
  title: 'The namespace enforces Pod Security restricted',
  why: 'what a manifest promises of its pods holds only as long as nobody changes it; the label makes the cluster refuse what breaks it',
  fix: `label the Namespace ${label}: restricted`,
  severity: 'warning',
  equivalents: {},
  check: (object) => {
    if (object.kind !== 'Namespace' || textAt(object.raw, 'metadata', 'labels', label) === 'restricted') return [];
    const level = textAt(object.raw, 'metadata', 'labels', label) ?? 'nothing';
    return [{ path: ['metadata', 'labels'], message: `enforces ${level} of Pod Security` }];
  },
};
