// Station: k8s/rules. A root file system that can be written. Listed in index.
import { eachContainer } from '../each-container.js';
import { at } from '../json.js';
import type { Rule } from '../rule.js';

/** The root file system is read-only. */
export const readOnlyRoot: Rule = {
  id: 'read-only-root',
  title: 'The root file system is read-only',
  why: 'what can be written can be changed into something else that runs',
  fix: 'set securityContext.readOnlyRootFilesystem: true; mount an emptyDir where something must be written',
  severity: 'error',
  equivalents: {
    'kube-score': ['container-security-context-readonlyrootfilesystem'],
    'kube-linter': ['no-read-only-root-fs'],
    polaris: ['notReadOnlyRootFilesystem'],
    trivy: ['KSV-0014'],
    checkov: ['CKV_K8S_22'],
  },
  check: (object) =>
    eachContainer(object, ['securityContext', 'readOnlyRootFilesystem'], ({ spec }) =>
      at(spec, 'securityContext', 'readOnlyRootFilesystem') === true ? null : 'can write its root file system',
    ),
};
