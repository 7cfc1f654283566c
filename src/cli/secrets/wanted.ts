// Station: cli/secrets. Which secrets there are and which a configuration waits for, from the server's own schema. Called by create and check.
import { nearest } from '../../common/nearest.js';
import { secretNameOf } from '../../k8s/secret-keys.js';
import { type CatalogEntry, catalog, maxProviders, providerCatalog } from '../../server/config/catalog.js';
import { classifyEnvName } from '../../server/config/env-names.js';
import type { Reading } from '../../server/config/given.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** Secrets by the names of their environment variables, which are those of the files that `k8s render` mounts. */
export type SecretSet = ReadonlyMap<string, string>;

/** What a configuration wants of its secrets, by name. */
export interface Wanted {
  /** Without these the server does not start. */
  readonly demanded: readonly string[];
  /** Read where they are there. */
  readonly offered: readonly string[];
}

const byName: ReadonlyMap<string, CatalogEntry> = new Map(
  [...catalog, ...Array.from({ length: maxProviders }, (_, at) => providerCatalog(at + 1)).flat()]
    .filter(({ field }) => field.secret)
    .flatMap((entry) => entry.env.map((name) => [name, entry] as const)),
);

/** The setting of that name, if it is a secret; undefined for any other name. */
export function secretEntry(name: string): CatalogEntry | undefined {
  return byName.get(name);
}

/** The secret that a name which nothing reads was meant to be; null for one that is read, and for one that is near to none. */
export function misspeltSecret(name: string): string | null {
  const { kind } = classifyEnvName(name);
  return kind === 'foreign' || kind === 'near' ? nearest(name, byName.keys()) : null;
}

/** The setting of a name that somebody typed. @throws CliError (usage) for a name that no secret has */
export function knownSecret(name: string, option: string): CatalogEntry {
  const entry = byName.get(name);
  if (entry !== undefined) return entry;
  const meant = nearest(name, byName.keys());
  throw new CliError(
    exitCodes.usage,
    `${option}: there is no secret of the name ${JSON.stringify(name.slice(0, 64))}`,
    meant === null ? 'secrets are named like their variables in docs/configuration.md' : `did you mean ${meant}?`,
  );
}

/** Every secret that is in an environment. */
export function secretsOfEnvironment(env: Readonly<Record<string, string | undefined>>): SecretSet {
  return new Map([...byName.keys()].flatMap((name) => (env[name] ? [[name, env[name]] as const] : [])));
}

/** What is wanted where `readings` are all that is said of the rest of the configuration. */
export function wantedBy(readings: readonly Reading[]): Wanted {
  const raw = (key: string) => readings.map(({ given }) => given.get(key)?.raw).find((value) => value !== undefined);
  const has = (key: string) => raw(key) !== undefined;
  const kind = String(raw('store.kind') ?? '').toLowerCase();
  const isSqlite = kind === 'sqlite' || (kind === '' && has('store.dataDir') && !has('store.mongoUri'));
  const demanded = [
    ...(has('auth.jwksUrl') || has('auth.jwtKeys') ? [] : ['auth.jwtSecret']),
    ...(raw('encryption.mode') === 'off' || has('encryption.legacyKey') ? [] : ['encryption.keys']),
    ...(isSqlite ? [] : ['store.mongoUri']),
  ];
  const keys = readings.flatMap(({ given }) => [...given.keys()]);
  const slots = new Set(keys.flatMap((key) => /^llm\.providers\[(\d+)\]\.type$/.exec(key)?.[1] ?? []));
  // Where nothing is said of providers there will be one, and most ask for a key.
  const asking = slots.size === 0 ? ['0'] : [...slots].filter((at) => raw(`llm.providers[${at}].type`) !== 'echo');
  const names = (list: readonly string[]) => list.flatMap((key) => secretNameOf(key) ?? []);
  return { demanded: names(demanded), offered: names(asking.map((at) => `llm.providers[${at}].apiKey`)) };
}

/** What of it is not there yet, by name. A list of keys for tokens stands in for the one secret. */
export function stillWanted({ demanded, offered }: Wanted, has: (name: string) => boolean): readonly string[] {
  return [...demanded, ...offered].filter((name) => !has(name) && !(name === 'JWT_SECRET' && has('JWT_KEYS')));
}
