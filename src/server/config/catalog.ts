// Station: config. The schema as flat lists, and the names by which a setting is known in each source. Called by the readers, show and docs.
import { type Field, type FieldTree, isField } from './field.js';
import { providerFields } from './fields/llm-fields.js';
import { configFields } from './schema.js';

/** A setting with its place. */
export interface CatalogEntry {
  /** Names in the Config object, outermost first. */
  readonly path: readonly string[];
  /** Its name in the config file: `chat.sessionTimeout`. */
  readonly fileKey: string;
  readonly env: readonly string[];
  readonly field: Field<unknown>;
}

/** Highest number of a provider. */
export const maxProviders = 64;

/** The name of a setting in the config file: values carry their unit there, so the name does not. */
function fileName(name: string): string {
  return name.replace(/Ms$/, '');
}

function flatten(tree: FieldTree, path: readonly string[]): CatalogEntry[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    const here = [...path, name];
    if (!isField(node)) return flatten(node, here);
    return [{ path: here, fileKey: here.map(fileName).join('.'), env: node.env, field: node }];
  });
}

/** Every setting but those of providers, in the order of the schema. */
export const catalog: readonly CatalogEntry[] = flatten(configFields, []);

/** The settings of provider number `slot`, counted from 1. */
export function providerCatalog(slot: number): readonly CatalogEntry[] {
  return flatten(providerFields, []).map((entry) => ({
    ...entry,
    path: ['llm', 'providers', String(slot), ...entry.path],
    fileKey: `llm.providers[${slot - 1}].${entry.fileKey}`,
    env: entry.env.map((name) => `LLM_PROVIDER_${slot}_${name}`),
  }));
}

/** Names of settings that only client commands and the loader itself read. */
export const otherEnvNames = [
  'CHATBOX_CONFIG',
  'CHATBOX_SERVER',
  'CHATBOX_TOKEN_FILE',
  'CREDENTIALS_DIRECTORY',
] as const;

/** Where the secrets of the Config object are, for redaction: `auth.jwtSecret`, `llm.providers[*].apiKey`. */
export function secretPaths(): readonly string[] {
  const plain = catalog.filter(({ field }) => field.secret).map(({ path }) => path.join('.'));
  const ofProviders = Object.entries(providerFields).filter(([, field]) => field.secret);
  return [...plain, ...ofProviders.map(([name]) => `llm.providers[*].${name}`)];
}
