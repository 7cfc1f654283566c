// Station: k8s/rules. Variables that are set twice. Listed in index.
import { eachContainer } from '../each-container.js';
import { listAt, textAt } from '../json.js';
import type { Rule } from '../rule.js';

/** A variable is set once. */
export const duplicateEnv: Rule = {
  id: 'duplicate-env',
  title: 'A variable is set once',
  why: 'the last one wins, and whoever reads the first believes otherwise',
  fix: 'remove one of them',
  severity: 'error',
  equivalents: {
    'kube-score': ['environment-variable-key-duplication'],
    'kube-linter': ['duplicate-env-var'],
  },
  check: (object) =>
    eachContainer(object, ['env'], ({ spec }) => {
      const names = listAt(spec, 'env').flatMap((entry) => textAt(entry, 'name') ?? []);
      const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
      return twice.length === 0 ? null : `sets ${twice.join(', ')} more than once`;
    }),
};
