// Station: app. What the doctor asks of the store and of its keys: looked at through the adapters, and left as it was. Called by the command line.
import type { Clock } from '../common/clock.js';
import type { Random } from '../common/random.js';
import { mongoOpener, mongoSettings } from './adapters.js';
import type { Config } from './config/schema.js';
import type { Finding } from './ports/finding.js';
import type { Sealed, StoreAdapter } from './ports/store.js';
import type { Log } from './ports/telemetry.js';

/** What looking is done with. */
interface LookDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** Looks at the configured store, for the doctor: nothing is made but a heartbeat in a database, and nothing is left open. Never rejects for what is found. */
export async function examineStore({ store: settings }: Config, clock: Clock): Promise<readonly Finding[]> {
  if (settings.kind === 'mongodb') {
    if (settings.mongoUri === null) return [];
    const { examineMongo } = await import('./store/mongodb/examine.js');
    return examineMongo(mongoSettings(settings, settings.mongoUri), clock);
  }
  const { examineSqlite } = await import('./store/sqlite/examine.js');
  return settings.dataDir === null ? [] : examineSqlite(settings.dataDir, clock);
}

/** What the doctor asks about the keys for what is stored. */
export interface KeyringFacts {
  /** Ids, the one that seals first. */
  readonly ids: readonly string[];
  readonly isSealing: boolean;
  /** What the data says of them; null where there is no store yet. */
  readonly look: {
    readonly wrong: readonly string[];
    readonly missing: readonly string[];
    readonly unused: readonly string[];
  } | null;
}

/** Looks at the keys, and at what the store was sealed with; leaves nothing behind. @throws StoreError where the store can't be opened */
export async function examineKeyring(config: Config, { clock, random }: LookDeps): Promise<KeyringFacts> {
  const { store: settings, encryption } = config;
  const [{ lookAtKeys }, { readEncryptionKeys }] = await Promise.all([
    import('./store/encryption/key-checks.js'),
    import('./config/encryption-keys.js'),
  ]);
  const keys = readEncryptionKeys(encryption.keys, encryption.legacyKey);
  const facts = { ids: keys.map(({ id }) => id), isSealing: keys.length > 0 && encryption.mode !== 'off' };
  const store = await openToLook(settings, clock, random);
  if (store === null) return { ...facts, look: null };
  try {
    return { ...facts, look: await lookAtKeys(store, keys, random) };
  } finally {
    await store.close();
  }
}

/** The store as its adapter made it, where opening it changes nothing; else null. */
async function openToLook(
  settings: Config['store'],
  clock: Clock,
  random: Random,
): Promise<StoreAdapter<Sealed> | null> {
  const silent = (): void => undefined;
  const log: Log = { debug: silent, info: silent, warn: silent, error: silent };
  if (settings.kind === 'mongodb') {
    const { store } = await (await mongoOpener(settings))({ clock, random, log, meter: { storeOperation: silent } });
    return store;
  }
  if (settings.dataDir === null) return null;
  const [{ isCurrent }, { openSqliteStore }] = await Promise.all([
    import('./store/sqlite/examine.js'),
    import('./store/sqlite/sqlite-store.js'),
  ]);
  return (await isCurrent(settings.dataDir))
    ? openSqliteStore<Sealed>({ dataDir: settings.dataDir }, { clock, log })
    : null;
}
