// Station: test/helpers. The official schemas of Kubernetes and of custom kinds, where they can be had: the folder that CHATBOX_TEST_K8S_SCHEMAS names,
// else one beside the repository. Called by test/k8s.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the schemas are, or null. */
export function schemaFolder(): string | null {
  const folder = resolve(root, process.env.CHATBOX_TEST_K8S_SCHEMAS ?? '../shared/k8s');
  return existsSync(join(folder, 'kubernetes-openapi-strict.json')) ? folder : null;
}

interface Schema {
  [key: string]: unknown;
}

interface OpenApi {
  readonly definitions: Readonly<Record<string, Schema>>;
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Says what is wrong with an object by its official schema; nothing where it is right. An object of an unknown kind is wrong. */
export type SchemaCheck = (object: { readonly apiVersion: string; readonly kind: string }) => readonly string[];

/** Makes the check of all kinds in `folder`. */
export function officialSchemas(folder: string): SchemaCheck {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const { definitions } = JSON.parse(readFileSync(join(folder, 'kubernetes-openapi-strict.json'), 'utf8')) as OpenApi;
  ajv.addSchema({ $id: 'kubernetes', definitions });
  const made = new Map<string, () => ValidateFunction>();
  const compiled = new Map<string, ValidateFunction>();
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, version, kind } of (schema['x-kubernetes-group-version-kind'] ?? []) as Kind[]) {
      const key = `${group === '' ? version : `${group}/${version}`} ${kind}`;
      made.set(key, () => ajv.compile({ $ref: `kubernetes#/definitions/${name}` }));
    }
  }
  const metadata = { $ref: 'kubernetes#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
  for (const file of readdirSync(join(folder, 'crds'))) {
    const [, group, kind, version] = /^(.+)_([a-z]+)_(v\w+)\.json$/.exec(file) ?? [];
    const schema = closed(JSON.parse(readFileSync(join(folder, 'crds', file), 'utf8'))) as Schema;
    const properties = { ...(schema.properties as Schema), metadata };
    made.set(`${group}/${version} ${kind}`, () => ajv.compile({ ...schema, properties }));
  }
  return (object) => {
    const { apiVersion, kind } = object;
    const key = [`${apiVersion} ${kind}`, `${apiVersion} ${kind.toLowerCase()}`].find((each) => made.has(each));
    if (key === undefined) return [`${apiVersion} ${kind} is no known kind`];
    const validate = compiled.get(key) ?? made.get(key)?.();
    if (validate === undefined) return [`${key} cannot be compiled`];
    compiled.set(key, validate);
    if (validate(object)) return [];
    return (validate.errors ?? []).map(
      (error) => `${kind}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
    );
  };
}

/** A schema of a custom kind says what there is; what it does not name is pruned by the cluster, and an error here. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  // Patterns are Go's; the one that is no pattern of JavaScript says only that case does not matter.
  const kept = Object.entries(schema).filter(([key, value]) => key !== 'pattern' || !String(value).includes('(?i)'));
  const made = Object.fromEntries(kept.map(([key, value]) => [key, closed(value)]));
  const isOpen = made['x-kubernetes-preserve-unknown-fields'] === true || made.additionalProperties !== undefined;
  return made.type === 'object' && made.properties !== undefined && !isOpen
    ? { ...made, additionalProperties: false }
    : made;
}
