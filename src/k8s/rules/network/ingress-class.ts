// Station: k8s/rules. An Ingress for whoever takes it. Listed in index.
import { textAt } from '../json.js';
import type { Rule } from '../rule.js';

/** An Ingress names its class. */
export const ingressClass: Rule = {
  id: 'ingress-class',
  title: 'An Ingress names its class',
  why: 'without one no controller takes it, or each does',
  fix: 'set spec.ingressClassName',
  severity: 'warning',
  equivalents: {},
  check: (object) => {
    if (object.kind !== 'Ingress') return [];
    const old = textAt(object.raw, 'metadata', 'annotations', 'kubernetes.io/ingress.class');
    if (textAt(object.raw, 'spec', 'ingressClassName') !== undefined) return [];
    return [
      {
        path: ['spec', 'ingressClassName'],
        message:
          old === undefined ? 'names no class' : 'names its class by an annotation that is no longer read everywhere',
      },
    ];
  },
};
