// Station: k8s/rules. Labels that the API server refuses. Listed in index.
import { textsAt } from '../json.js';
import type { Rule } from '../rule.js';

/** Labels are what Kubernetes takes for one. */
export const labelValues: Rule = {
  id: 'label-values',
  title: 'Labels are what Kubernetes takes for one',
  why: 'the API server refuses the object',
  fix: 'use at most 63 letters, digits, dashes, dots and underscores, with a letter or digit at both ends',
  severity: 'error',
  equivalents: {
    'kube-score': ['label-values'],
  },
  check: (object) =>
    textsAt(object.raw, 'metadata', 'labels')
      .filter(([, value]) => !/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(value))
      .map(([key]) => ({
        path: ['metadata', 'labels', key],
        message: `label ${key} has a value that no label may have`,
      })),
};
