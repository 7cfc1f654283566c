// Station: app. The only place that knows which adapter stands behind a port; each is imported when it is chosen. Called by main and by store commands.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../common/clock.js';
import { type Random, systemRandom } from '../common/random.js';
import { type AdapterDeps, AdapterError } from './adapters/deps.js';
import type { SealedStore, Sealer, ServerFacts } from './adapters/sealer.js';
import { createLocalBus } from './bus/local-bus.js';
import type { Config, Secret } from './config/schema.js';
import type { Bus } from './ports/bus.js';
import type { Importer } from './ports/import.js';
import type { KeyWork } from './ports/keys.js';
import type { Sealed, Store, StoreAdapter } from './ports/store.js';
import type { Log, Meter } from './ports/telemetry.js';

export { openModels } from './adapters/models.js';

/** A store for serving, with the lock that keeps a second server out of its folder. */
export interface OpenStore {
  readonly store: Store;
  /** Says in the store that this server runs and which keys it has, until the returned function is called. Rejects with StoreError. */
  announce(server: ServerFacts): Promise<() => Promise<void>>;
  /** Closes the store, then gives the folder back. */
  close(): Promise<void>;
}

/** Opens the store whose adapter was loaded. @throws StoreError, or an error with a `fix`, when it can't be opened */
export type StoreOpener = (deps: AdapterDeps) => Promise<OpenStore>;

/** Loads the adapter of the configured store, so that opening it waits for no module. @throws AdapterError for a store that this version has no adapter for */
export async function storeOpener(config: Config): Promise<StoreOpener> {
  const [open, seal] = await Promise.all([adapterOpener(config), loadSealer(config)]);
  return async (deps) => {
    const opened = await open(deps);
    try {
      const { store, announce } = await seal(opened.store, deps);
      return { store, announce, close: opened.close };
    } catch (error) {
      await opened.close();
      throw error;
    }
  };
}

/** A store as its adapter made it, beneath the encryption. */
interface OpenAdapter {
  readonly store: StoreAdapter<Sealed>;
  close(): Promise<void>;
}
type AdapterOpener = (deps: AdapterDeps) => Promise<OpenAdapter>;

/** What an adapter is opened with. */
interface OpenDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Pick<Meter, 'storeOperation'>;
}

async function loadSealer(config: Config): Promise<Sealer> {
  return (await import('./adapters/sealer.js')).sealer(config);
}

async function adapterOpener({ store: settings }: Config): Promise<AdapterOpener> {
  switch (settings.kind) {
    case 'mongodb':
      return await mongoOpener(settings);
    case 'sqlite':
      if (settings.dataDir === null) {
        throw new AdapterError('the SQLite store has no folder', 'set DATA_DIR to a folder that survives restarts');
      }
      return await sqliteOpener(settings.dataDir, settings.sqliteMaxPages);
  }
}

/** The opener of MongoDB. @throws AdapterError without MONGO_URI */
export async function mongoOpener(settings: Config['store']): Promise<(deps: OpenDeps) => Promise<OpenAdapter>> {
  const { mongoUri } = settings;
  if (mongoUri === null) throw new AdapterError('the MongoDB store has no server', 'set MONGO_URI');
  const { openMongoStore } = await import('./store/mongodb/mongodb-store.js');
  return async (deps) => {
    const store = await openMongoStore<Sealed>(mongoSettings(settings, mongoUri), deps);
    return { store, close: () => store.close() };
  };
}

/** What the adapter of MongoDB is told. */
export function mongoSettings(settings: Config['store'], uri: Secret) {
  return {
    uri: uri.reveal(),
    database: settings.mongoDatabase,
    maxPoolSize: settings.mongoPoolSize,
    startTimeoutMs: settings.mongoStartTimeoutMs,
  };
}

async function sqliteOpener(dataDir: string, maxPages: number | null): Promise<AdapterOpener> {
  const { openSqliteStore } = await import('./store/sqlite/sqlite-store.js');
  const settings = { dataDir, isAlone: true, ...(maxPages === null ? {} : { maxPages }) };
  return async (deps) => {
    const store = await openSqliteStore<Sealed>(settings, deps);
    return { store, close: () => store.close() };
  };
}

/** What a command that works on the store itself brings along. */
export interface BesideDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Told what a server would write to its log as a warning. */
  readonly warn: (event: string) => void;
}

/**
 * Opens the configured store beside the servers that may have it open, for a command: without the lock that keeps a second server out.
 * @throws StoreError, or an error with a `fix`, when it can't be opened
 */
export async function openStoreBeside(config: Config, deps: BesideDeps): Promise<Store> {
  return (await openBeside(config, deps)).sealed.store;
}

/**
 * Opens the configured store beside the servers that may have it open, for the work on its keys.
 * @throws StoreError, or an error with a `fix`, when it can't be opened
 */
export async function openKeyWork(config: Config, deps: BesideDeps): Promise<KeyWork> {
  const [{ createKeyWork }, { store, sealed }] = await Promise.all([
    import('./store/encryption/key-work.js'),
    openBeside(config, deps),
  ]);
  const { keyring } = sealed;
  return createKeyWork({ store, keyring, clock: deps.clock, warn: deps.warn, close: () => store.close() });
}

async function openBeside(
  config: Config,
  { clock, random, warn }: BesideDeps,
): Promise<{ readonly store: StoreAdapter<Sealed>; readonly sealed: SealedStore }> {
  const silent = (): void => undefined;
  const log: Log = { debug: silent, info: silent, warn: (event) => warn(event), error: (event) => warn(event) };
  const meter = { valueUnreadable: () => warn('a stored value does not open'), storeOperation: silent };
  const seal = await loadSealer(config);
  const sealedOrClosed = async (store: StoreAdapter<Sealed>) => {
    try {
      return { store, sealed: await seal(store, { clock, log, meter, random }) };
    } catch (error) {
      await store.close();
      throw error;
    }
  };
  const { store: settings } = config;
  if (settings.kind === 'mongodb') {
    const open = await mongoOpener(settings);
    return sealedOrClosed((await open({ clock, random, log, meter })).store);
  }
  if (settings.dataDir === null) throw new AdapterError('the SQLite store has no folder', 'set DATA_DIR');
  const { openSqliteStore } = await import('./store/sqlite/sqlite-store.js');
  return sealedOrClosed(await openSqliteStore<Sealed>({ dataDir: settings.dataDir }, { clock, log }));
}

/** Whether the configured store lies there, as far as that can be seen without opening it: of MongoDB only a call tells. */
export async function hasStore({ store: { kind, dataDir } }: Config): Promise<boolean> {
  if (kind === 'mongodb') return true;
  if (dataDir === null) return false;
  const { databaseName } = await import('./store/sqlite/sqlite-store.js');
  return existsSync(join(dataDir, databaseName));
}

/** What an import is done with. */
export interface ImportTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keepDoubtful: boolean;
}

/**
 * Opens the import of the reference's sessions, which lie in MongoDB.
 * @throws StoreError, or an error with a `fix`, when it can't be opened
 */
export async function openImport({ store, encryption }: Config, tools: ImportTools): Promise<Importer> {
  const { clock, random, keepDoubtful } = tools;
  if (store.kind !== 'mongodb' || store.mongoUri === null)
    throw new AdapterError(
      'the sessions of the reference lie in MongoDB',
      'set MONGO_URI and MONGO_DATABASE to where they lie',
    );
  const [{ openMongoImport }, { createKeyring }, { createSealing }, { legacyReader }, keysOf] = await Promise.all([
    import('./store/mongodb/import.js'),
    import('./store/encryption/keyring.js'),
    import('./store/encryption/sealing.js'),
    import('./store/encryption/legacy-content.js'),
    import('./config/encryption-keys.js'),
  ]);
  const keys = keysOf.readEncryptionKeys(encryption.keys, encryption.legacyKey);
  const sealing = createSealing(createKeyring(keys, random, encryption.mode !== 'off'), () => undefined);
  const [legacy] = keysOf.readEncryptionKeys(null, encryption.legacyKey);
  return openMongoImport(mongoSettings(store, store.mongoUri), {
    clock,
    keepDoubtful,
    readContent: legacyReader(legacy?.bytes ?? null),
    sealEntry: sealing.sealEntry,
    sealSeed: sealing.sealSeed,
    sealProjection: (id, projection) => sealing.sealProjection(id, projection, sealing.sealName(id, projection.name)),
  });
}

/** What was copied. */
export interface CopyReceipt {
  readonly bytes: number;
  readonly sessions: number;
  readonly entries: number;
}

/** Copies of the configured store, whole or not at all. Both methods throw StoreError. */
export interface StoreCopier {
  readonly folder: string;
  /** The store's own file. */
  readonly file: string;
  /** Copies the store to the file `to`, while servers are at work. */
  backup(to: string, overwrite: boolean): Promise<CopyReceipt>;
  /** Puts the backup `from` in the place of the store, which no server may have open. */
  restore(from: string, overwrite: boolean): Promise<CopyReceipt>;
}

/** Finds what copies the configured store. @throws AdapterError for a store that brings its own tools */
export async function storeCopier({ store: settings }: Config): Promise<StoreCopier> {
  const folder = settings.dataDir;
  if (settings.kind === 'mongodb' || folder === null) {
    throw new AdapterError(
      'only the SQLite store is copied here',
      'name its folder in DATA_DIR; MongoDB has mongodump and mongorestore',
    );
  }
  const { backupStore, restoreStore } = await import('./store/sqlite/backup.js');
  const { databaseName } = await import('./store/sqlite/sqlite-store.js');
  const file = join(folder, databaseName);
  return {
    folder,
    file,
    backup: (to, overwrite) => backupStore({ from: file, to, overwrite }, systemRandom),
    restore: (from, overwrite) => restoreStore({ from, to: file, overwrite }, systemRandom),
  };
}

/** Makes the doorbell between replicas. A store that only one replica can serve needs none but the local one. */
export function openBus({ log }: AdapterDeps): Bus {
  return createLocalBus((error) => log.error('event_failed', {}, error));
}
