// The manifests of test/k8s/fixtures as plain values that a test may break, and what the rules say of them then.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { rules } from '../../src/k8s/rules/index.js';
import { readManifests } from '../../src/k8s/rules/read-manifests.js';
import { type RuleReport, runRules } from '../../src/k8s/rules/run-rules.js';

/** A value of a manifest that tests walk into without asking what it is. */
export interface Loose {
  [key: string]: Loose;
  [index: number]: Loose;
}

/** The objects of a fixture, by kind; each kind is there once. */
export function fixture(name = 'good'): Map<string, Loose> {
  const file = fileURLToPath(new URL(`../k8s/fixtures/${name}.yaml`, import.meta.url));
  const documents = parseAllDocuments(readFileSync(file, 'utf8'));
  return new Map(
    documents.map((document) => {
      const value = document.toJS() as Loose;
      return [String(value.kind), value];
    }),
  );
}

/** Sets what lies at a path, with dots between keys; null takes it away. */
export function set(root: Loose | undefined, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let here = root;
  for (const key of keys) {
    if (here !== undefined && here[key] === undefined) here[key] = {};
    here = here?.[key];
  }
  if (here === undefined) throw new Error(`nothing lies at ${path}`);
  if (value === null) delete here[last];
  else here[last] = value as Loose;
}

/** What every rule says of these objects. */
export function report(objects: Iterable<unknown>): RuleReport {
  const text = [...objects].map((object) => JSON.stringify(object)).join('\n---\n');
  const { objects: read, problems } = readManifests(text, 'test.yaml');
  if (problems.length > 0) throw new Error(`the manifests of a test cannot be read: ${JSON.stringify(problems)}`);
  return runRules(read, rules);
}

/** The ids of the rules that found something, each once. */
export function brokenRules(objects: Iterable<unknown>): readonly string[] {
  return [...new Set(report(objects).findings.map(({ rule }) => rule))].sort();
}
