// Station: k8s/rules. Containers that fill the disk of the node. Listed in index.
import { eachContainer } from '../each-container.js';
import { at } from '../json.js';
import type { Rule } from '../rule.js';

/** Containers say how much of the node’s disk they may fill. */
export const ephemeralStorage: Rule = {
  id: 'ephemeral-storage',
  title: 'Containers say how much of the node’s disk they may fill',
  why: 'a log or a temporary file that grows evicts every pod of the node',
  fix: 'set ephemeral-storage in resources.requests and resources.limits',
  severity: 'warning',
  equivalents: {
    'kube-score': ['container-ephemeral-storage-request-and-limit'],
  },
  check: (object) =>
    eachContainer(object, ['resources'], ({ spec }) => {
      const missing = (['requests', 'limits'] as const).filter(
        (part) => at(spec, 'resources', part, 'ephemeral-storage') === undefined,
      );
      return missing.length === 0 ? null : `has no ephemeral-storage in ${missing.join(' and ')}`;
    }),
};
