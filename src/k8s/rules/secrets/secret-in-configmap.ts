// Station: k8s/rules. Secrets in a ConfigMap. Listed in index.
import { catalog } from '../../../server/config/catalog.js';
import { isMap, leavesOf, textsAt } from '../json.js';
import { plainYaml } from '../plain-yaml.js';
import type { Rule } from '../rule.js';
import { isSecretName } from './secret-in-env.js';

/** A ConfigMap holds no secret. */
export const secretInConfigmap: Rule = {
  id: 'secret-in-configmap',
  title: 'A ConfigMap holds no secret',
  why: 'ConfigMaps are read by many, and stored and shown in the clear',
  fix: 'move it to a Secret: chatbox secrets create',
  severity: 'error',
  equivalents: {
    polaris: ['sensitiveConfigmapContent'],
    trivy: ['KSV-0109', 'KSV-01010'],
  },
  check: (object) => {
    if (object.kind !== 'ConfigMap') return [];
    return textsAt(object.raw, 'data').flatMap(([key, text]) => {
      const path = ['data', key];
      if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return [{ path, message: `key ${key} holds a private key` }];
      if (isSecretName(key) && text !== '') return [{ path, message: `key ${key} is a secret` }];
      return secretKeys(text).map((name) => ({ path, message: `key ${key} sets ${name}, which is a secret` }));
    });
  },
};

const secretFileKeys = new Set(catalog.flatMap(({ field, fileKey }) => (field.secret ? [fileKey] : [])));

/** The secrets that a config file of ours sets. */
function secretKeys(text: string): readonly string[] {
  if (!text.includes(':')) return [];
  const value = plainYaml(text);
  if (!isMap(value)) return [];
  return leavesOf(value)
    .filter(({ text: leaf }) => leaf !== '')
    .map(({ path }) => path.join('.').replace(/\.(\d+)(?=\.)/g, '[$1]'))
    .filter((name) => secretFileKeys.has(name) || /^llm\.providers\[\d+\]\.apiKey$/.test(name));
}
