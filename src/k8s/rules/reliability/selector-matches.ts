// Station: k8s/rules. Workloads that do not know their own pods. Listed in index.
import { at } from '../json.js';
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';
import { isEmptySelector, matchesSelector } from '../selectors.js';

/** A workload selects its own pods. */
export const selectorMatches: Rule = {
  id: 'selector-matches',
  title: 'A workload selects its own pods',
  why: 'the API server refuses it',
  fix: 'let spec.selector.matchLabels be among the labels of the template',
  severity: 'error',
  equivalents: {
    'kube-score': [
      'deployment-pod-selector-labels-match-template-metadata-labels',
      'statefulset-pod-selector-labels-match-template-metadata-labels',
    ],
    'kube-linter': ['mismatching-selector'],
  },
  check: (object) => {
    const pod = podOf(object);
    if (pod === undefined || !['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].includes(object.kind)) return [];
    const selector = at(object.raw, 'spec', 'selector');
    if (!isEmptySelector(selector) && matchesSelector(selector, pod.labels)) return [];
    return [{ path: ['spec', 'selector'], message: 'does not select the pods of its own template' }];
  },
};
