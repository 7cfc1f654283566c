// Station: k8s/rules. Containers that take what they get. Listed in index.
import { eachContainer } from '../each-container.js';
import { at } from '../json.js';
import type { Rule } from '../rule.js';

/** Containers say what they need and what they may have. */
export const resources: Rule = {
  id: 'resources',
  title: 'Containers say what they need and what they may have',
  why: 'without requests the scheduler guesses; without limits one pod takes its neighbours’ memory with it',
  fix: 'set resources.requests and resources.limits for cpu and memory',
  severity: 'error',
  equivalents: {
    'kube-score': ['container-resources'],
    'kube-linter': ['unset-cpu-requirements', 'unset-memory-requirements'],
    polaris: ['cpuRequestsMissing', 'cpuLimitsMissing', 'memoryRequestsMissing', 'memoryLimitsMissing'],
    trivy: ['KSV-0011', 'KSV-0015', 'KSV-0016', 'KSV-0018'],
    checkov: ['CKV_K8S_10', 'CKV_K8S_11', 'CKV_K8S_12', 'CKV_K8S_13'],
  },
  check: (object) =>
    eachContainer(object, ['resources'], ({ spec }) => {
      const missing = wanted.filter((path) => at(spec, 'resources', ...path) === undefined);
      return missing.length === 0 ? null : `has no ${missing.map((path) => path.join('.')).join(', ')}`;
    }),
};

const wanted = [
  ['requests', 'cpu'],
  ['requests', 'memory'],
  ['limits', 'cpu'],
  ['limits', 'memory'],
] as const;
