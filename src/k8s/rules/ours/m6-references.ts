// Station: k8s/rules. M6: names that lead nowhere, across objects. What each kind refers to is in references/. Listed in index.

import { podReferences } from '../references/pod-references.js';
import { routeReferences } from '../references/route-references.js';
import { selectorReferences } from '../references/selector-references.js';
import { targetReferences } from '../references/target-references.js';
import type { Complaint, KubeObject, ObjectSet, Rule } from '../rule.js';

const readers: readonly ((object: KubeObject, all: ObjectSet) => readonly Complaint[])[] = [
  podReferences,
  routeReferences,
  selectorReferences,
  targetReferences,
];

/** M6. */
export const references: Rule = {
  id: 'M6',
  title: 'Every reference resolves',
  why: 'a name that is spelt differently in two places is found out only in the cluster: a pod that never starts, a route without a backend, a policy that protects nothing',
  fix: 'let both places say the same name, or check them together: chatbox k8s check <folder>',
  severity: 'error',
  equivalents: {
    'kube-score': [
      'service-targets-pod',
      'ingress-targets-service',
      'networkpolicy-targets-pod',
      'horizontalpodautoscaler-has-target',
      'statefulset-has-servicename',
    ],
    'kube-linter': [
      'dangling-service',
      'dangling-ingress',
      'dangling-networkpolicy',
      'dangling-horizontalpodautoscaler',
      'non-existent-service-account',
      'invalid-target-ports',
    ],
    trivy: ['KSV-0038'],
  },
  check: (object, all) => readers.flatMap((read) => read(object, all)),
};
