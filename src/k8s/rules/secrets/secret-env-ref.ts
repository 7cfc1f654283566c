// Station: k8s/rules. Secrets in the environment. Listed in index.
import { at, listAt, textAt } from '../json.js';
import { containersIn } from '../pod.js';
import type { Rule } from '../rule.js';

/** Secrets are files. */
export const secretEnvRef: Rule = {
  id: 'secret-env-ref',
  title: 'Secrets are files',
  why: 'an environment is inherited by every child, printed by crash reports, and never renewed while the pod runs',
  fix: 'mount the Secret as a volume and name the folder: --secrets-dir or CREDENTIALS_DIRECTORY',
  severity: 'warning',
  equivalents: {
    'kube-linter': ['read-secret-from-env-var'],
    checkov: ['CKV_K8S_35'],
  },
  check: (object) =>
    containersIn(object).flatMap(({ spec, path, name }) => [
      ...listAt(spec, 'env').flatMap((entry, index) =>
        at(entry, 'valueFrom', 'secretKeyRef') === undefined
          ? []
          : [
              {
                path: [...path, 'env', index],
                message: `container ${name} has the secret ${textAt(entry, 'name')} in its environment`,
              },
            ],
      ),
      ...listAt(spec, 'envFrom').flatMap((entry, index) =>
        at(entry, 'secretRef') === undefined
          ? []
          : [{ path: [...path, 'envFrom', index], message: `container ${name} has a whole Secret in its environment` }],
      ),
    ]),
};
