// Station: k8s/rules. Secrets that stand in a manifest. Listed in index.
import { catalog, providerCatalog } from '../../../server/config/catalog.js';
import { listAt, textAt } from '../json.js';
import { containersIn } from '../pod.js';
import type { Rule } from '../rule.js';

/** No secret stands in a manifest. */
export const secretInEnv: Rule = {
  id: 'secret-in-env',
  title: 'No secret stands in a manifest',
  why: 'whoever reads the manifest, its repository or the pod’s description has it',
  fix: 'keep it in a Secret that is mounted as a file: chatbox secrets create',
  severity: 'error',
  equivalents: {
    'kube-linter': ['env-var-secret'],
    polaris: ['sensitiveContainerEnvVar'],
  },
  check: (object) =>
    containersIn(object).flatMap(({ spec, path, name }) =>
      listAt(spec, 'env').flatMap((entry, index) => {
        const variable = textAt(entry, 'name') ?? '';
        const value = textAt(entry, 'value') ?? '';
        if (value === '' || !isSecretName(variable) || /^\$\(\w+\)$/.test(value) || /^\/[\w./-]+$/.test(value))
          return [];
        return [
          {
            path: [...path, 'env', index, 'value'],
            message: `container ${name} has the value of ${variable} in its manifest`,
          },
        ];
      }),
    ),
};

const ours = new Set([...catalog, ...providerCatalog(1)].flatMap(({ field, env }) => (field.secret ? env : [])));
const numbered = /^LLM_PROVIDER_\d+_API_KEY$/;
const looksSecret = /(^|_)(SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)(_|$)/i;
/** Settings about secrets: how long a token is good, whether it may stand in a query. */
const about = /(_FILE|_PATH|_DIR|_NAME|_ID|_IN_QUERY|_WARNING|_TTL|_EXPIRES?|_TIMEOUT|_AFTER|_ALGORITHM|_URL)$/i;

/** Whether a variable of this name holds a secret: by our schema, else by its name. */
export function isSecretName(name: string): boolean {
  return ours.has(name) || numbered.test(name) || (looksSecret.test(name) && !about.test(name));
}
