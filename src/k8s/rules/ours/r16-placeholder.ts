// Station: k8s/rules. R16: a value that somebody meant to replace. Listed in index.
import { isPlaceholder } from '../../../server/config/placeholder.js';
import { quoted } from '../../../server/config/problem.js';
import { describePath, isMap, type Leaf, leavesOf, mapAt, type Path, textAt } from '../json.js';
import { plainYaml } from '../plain-yaml.js';
import type { KubeObject, Rule } from '../rule.js';
import { isSecretName } from '../secrets/secret-in-env.js';

/** R16. */
export const placeholder: Rule = {
  id: 'R16',
  title: 'No placeholder is left',
  why: 'a placeholder that reaches a cluster is a secret that everybody knows, or a host that is somebody else’s',
  fix: 'put the real value there, or remove it',
  severity: 'error',
  equivalents: {},
  check: (object) => [...placeholdersOf(object), ...secretPlaceholders(object)],
};

/** Words for people: there a placeholder is only what is shouted. */
const prose = /^(annotations|description|summary|message|systemPrompt|title|runbook_url)$/;

/** Kinds whose texts have a template language of their own. */
const templated: ReadonlySet<string> = new Set(['ConfigMap', 'PrometheusRule', 'Middleware']);

function placeholdersOf(object: KubeObject) {
  if (object.kind === 'Secret') return [];
  return leavesOf(object.raw).flatMap(({ path, text }) =>
    inside(path, text)
      .filter((leaf) => holdsPlaceholder(leaf, object.kind))
      .map((leaf) => ({
        path,
        message: `${describePath(leaf.path)} holds a placeholder${mayShow(object, leaf) ? `: ${quoted(leaf.text)}` : ''}`,
      })),
  );
}

/** Beside the placeholder there may stand a part of the real value: of what is a secret nothing is shown. */
function mayShow({ raw }: KubeObject, { path, text }: Leaf): boolean {
  const key = path.at(-1);
  const name = key === 'value' ? textAt(raw, ...path.slice(0, -1), 'name') : key;
  return !(typeof name === 'string' && isSecretName(name)) && !/:\/\/[^/\s]*@/.test(text);
}

function holdsPlaceholder({ path, text }: Leaf, kind: string): boolean {
  const isProse = path.some((key) => typeof key === 'string' && prose.test(key));
  if (isPlaceholder(text, isProse)) return true;
  return !isProse && !templated.has(kind) && /\{\{.*\}\}|\$\{[A-Za-z_]\w*\}/.test(text);
}

/** A text of several lines that is a map itself (a config file in a ConfigMap) is looked at value by value; one of another kind line by line. */
function inside(path: Path, text: string): readonly Leaf[] {
  if (!text.includes('\n')) return [{ path, text }];
  const value = plainYaml(text);
  if (isMap(value)) return leavesOf(value, path);
  return text.split('\n').map((line) => ({ path, text: line.trim() }));
}

/** Of a Secret only the key is named, never the value. */
function secretPlaceholders(object: KubeObject) {
  if (object.kind !== 'Secret') return [];
  const plain = Object.entries(mapAt(object.raw, 'stringData'));
  const encoded = Object.keys(mapAt(object.raw, 'data')).map((key) => {
    const text = textAt(object.raw, 'data', key) ?? '';
    return [key, Buffer.from(text, 'base64').toString('utf8'), text] as const;
  });
  return [
    ...plain
      .filter(([, text]) => typeof text === 'string' && isPlaceholder(text, false))
      .map(([key]) => ({ path: ['stringData', key], message: `key ${key} holds a placeholder` })),
    ...encoded
      .filter(([, text, written]) => isPlaceholder(text, false) || isPlaceholder(written, false))
      .map(([key]) => ({ path: ['data', key], message: `key ${key} holds a placeholder` })),
  ];
}
