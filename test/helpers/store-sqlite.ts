// Station: test/helpers. SQLite stores for tests: on threads as in production, or in the test's own thread. Called by the store's tests.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { type Deferred, deferred } from '../../src/common/deferred.js';
import { systemRandom } from '../../src/common/random.js';
import { type Sealed, type StoreAdapter, StoreError } from '../../src/server/ports/store.js';
import type { Log } from '../../src/server/ports/telemetry.js';
import { encrypted } from '../../src/server/store/encryption/encrypted-store.js';
import { createKeyring } from '../../src/server/store/encryption/keyring.js';
import { type Call, type Lane, openDatabase } from '../../src/server/store/sqlite/database.js';
import { fromFailure, isFailure } from '../../src/server/store/sqlite/failure.js';
import { prepareFile } from '../../src/server/store/sqlite/prepare-file.js';
import { databaseName, openSqliteStore, type SqliteSettings } from '../../src/server/store/sqlite/sqlite-store.js';
import { type Callable, type Caller, storeOn } from '../../src/server/store/sqlite/store-on.js';
import type { StoreTarget } from '../contract/store/store-target.js';

/** A log that nobody reads. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A folder that is gone when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatbox-store-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The store as production opens it; closed when the test ends. */
export async function openThreaded<S = never>(settings: SqliteSettings): Promise<StoreAdapter<S>> {
  const store = await openSqliteStore<S>(settings, { clock: systemClock, log: silentLog });
  onTestFinished(() => store.close());
  return store;
}

/** The same store without threads, so that a debugger and the coverage see what it runs. */
export async function openInThread<S = never>(dataDir: string): Promise<StoreAdapter<S>> {
  const file = join(dataDir, databaseName);
  prepareFile(file);
  let isClosed = false;
  const open = (lane: Lane) => openDatabase({ file, lane, maxPages: 0, busyTimeoutMs: 4_000 });
  const databases = { write: open('write'), read: open('read'), scan: open('scan') };
  const caller = <T extends Callable<T>>(lane: Lane): Caller<T> => {
    let batch: { readonly call: Call; readonly answer: Deferred<unknown> }[] = [];
    // What is called at once runs as one batch, as it does on a thread.
    const flush = () => {
      const calls = batch;
      batch = [];
      const replies = databases[lane].run(calls.map(({ call }) => call));
      for (const [at, { answer }] of calls.entries()) {
        const reply = replies[at];
        if (isFailure(reply)) answer.reject(fromFailure(reply));
        else answer.resolve(reply);
      }
    };
    return (operation, ...args) => {
      if (isClosed) return Promise.reject(new StoreError('closed', 'The store is closed.'));
      const answer = deferred<unknown>();
      if (batch.push({ call: [operation, ...args], answer }) === 1) queueMicrotask(flush);
      return answer.promise as Promise<ReturnType<T[typeof operation]>>;
    };
  };
  return storeOn({
    write: caller('write'),
    read: caller('read'),
    scan: caller('scan'),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await Promise.resolve();
      for (const database of Object.values(databases)) database.close();
    },
  });
}

async function freshFolder() {
  const dataDir = await mkdtemp(join(tmpdir(), 'chatbox-store-'));
  return { dataDir, remove: () => rm(dataDir, { recursive: true, force: true }) };
}

/** The contract's target as in production. */
export const threadedTarget: StoreTarget = {
  async fresh() {
    const { dataDir, remove } = await freshFolder();
    return {
      open: () => openSqliteStore({ dataDir }, { clock: systemClock, log: silentLog }),
      child: { adapter: 'sqlite', settings: { dataDir } },
      remove,
    };
  },
};

function targetInThread<S = never>(): StoreTarget<StoreAdapter<S>> {
  return {
    async fresh() {
      const { dataDir, remove } = await freshFolder();
      return { open: () => openInThread<S>(dataDir), child: { adapter: 'sqlite', settings: { dataDir } }, remove };
    },
  };
}

/** The contract's target in the test's own thread. */
export const inThreadTarget = targetInThread();

/** Keys of tests. */
export const testKeys = ['k1', 'k2'].map((id, at) => ({ id, bytes: new Uint8Array(32).fill(at + 1) }));

/** The contract's target beneath encryption. */
export const encryptedInThreadTarget: StoreTarget = {
  async fresh() {
    const { dataDir, remove } = await freshFolder();
    const ring = createKeyring(testKeys, systemRandom, true);
    return {
      open: async () => encrypted(await openInThread<Sealed>(dataDir), ring, () => undefined),
      child: { adapter: 'sqlite', settings: { dataDir } },
      remove,
    };
  },
};

/** The same, as encryption sees it. */
export const sealedInThreadTarget = targetInThread<Sealed>();
