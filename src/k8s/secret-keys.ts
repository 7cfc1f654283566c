// Station: k8s. Which keys of the Secret the server reads, from its own schema: names alone, never a value. Called by server-part.
import { createHash } from 'node:crypto';
import type { Random } from '../common/random.js';
import { type CatalogEntry, catalog, providerCatalog } from '../server/config/catalog.js';
import type { Config } from '../server/config/schema.js';

/** Keys of the Secret, named like the server's environment variables. */
export interface SecretKeys {
  /** Without these the server would not start: a pod waits for them. */
  readonly required: readonly string[];
  /** Read where they are there: keys of providers that ask for one, older keys while they are rotated. */
  readonly optional: readonly string[];
}

const secrets: readonly CatalogEntry[] = catalog.filter(({ field }) => field.secret);
const nameOf = ({ env, fileKey }: CatalogEntry): string => env[0] ?? fileKey;
const sectionOf = ({ path }: CatalogEntry): string => path[0] ?? '';

/** Where several secrets verify tokens, any of them will do, so that none alone is demanded. */
const verifiers = secrets.filter((entry) => sectionOf(entry) === 'auth');

/** What a configuration asks of the Secret. */
export function secretKeysOf({ auth, store, encryption, llm }: Config): SecretKeys {
  const isRead = (entry: CatalogEntry): boolean => {
    const section = sectionOf(entry);
    if (section === 'auth') return auth.jwksUrl === null;
    if (section === 'store') return store.kind === 'mongodb';
    return section !== 'encryption' || encryption.mode !== 'off';
  };
  const isDemanded = ({ fileKey }: CatalogEntry): boolean =>
    fileKey === 'store.mongoUri' ||
    fileKey === 'encryption.keys' ||
    (fileKey === 'auth.jwtSecret' && verifiers.length === 1);
  const read = secrets.filter(isRead);
  const ofProviders = llm.providers.flatMap(({ type }, index) =>
    type === 'echo' ? [] : providerCatalog(index + 1).filter(({ field }) => field.secret),
  );
  return {
    required: read.filter(isDemanded).map(nameOf),
    optional: [...read.filter((entry) => !isDemanded(entry)), ...ofProviders].map(nameOf),
  };
}

/** The name in the Secret of a setting that is a secret; null for any other. @param fileKey as in the config file */
export function secretNameOf(fileKey: string): string | null {
  const slot = /^llm\.providers\[(\d+)\]/.exec(fileKey)?.[1];
  const entries = slot === undefined ? secrets : providerCatalog(Number(slot) + 1).filter(({ field }) => field.secret);
  const entry = entries.find((each) => each.fileKey === fileKey);
  return entry === undefined ? null : nameOf(entry);
}

/**
 * Values that stand in for secrets while the loader looks at the rest of a configuration. They are thrown away with it.
 * @param sections sections of the schema whose secrets will be there
 */
export function standIns(sections: readonly string[]): Readonly<Record<string, string>> {
  const made = secrets.filter((entry) => sections.includes(sectionOf(entry)) && entry.field.generate !== null);
  const values = made.map((entry) => [nameOf(entry), entry.field.generate?.(countedRandom()) ?? ''] as const);
  const uri = sections.includes('store') ? [['MONGO_URI', 'mongodb://stands-in'] as const] : [];
  return Object.fromEntries([...values, ...uri]);
}

/** Bytes that are the same in every run and look like any others: no key is made of them that anything is sealed with. */
function countedRandom(): Random {
  let count = 0;
  const next = () => createHash('sha256').update(`stands in ${count++}`).digest();
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next()[0] ?? 0),
    fraction: () => 0.5,
  };
}
