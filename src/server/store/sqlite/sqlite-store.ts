// Station: store/sqlite. Opens the store on a SQLite file, one thread for writes and two for reads. Called by adapters.
import { join } from 'node:path';
import type { Clock } from '../../../common/clock.js';
import type { StoreAdapter } from '../../ports/store.js';
import type { Log, Meter } from '../../ports/telemetry.js';
import type { Lane } from './database.js';
import { prepareFile } from './prepare-file.js';
import { type Callable, type Caller, type Databases, storeOn } from './store-on.js';
import { DatabaseThread } from './thread.js';

/** Name of the database file in DATA_DIR. */
export const databaseName = 'chatbox.db';

/** Where the store lies and what it may take. */
export interface SqliteSettings {
  /** The folder of the database; made with mode 0700 if it is not there. */
  readonly dataDir: string;
  /** Refuses to open (`busy`) while another that wants to be alone has the folder, and keeps such others out. Default: false. */
  readonly isAlone?: boolean;
  /** Upper bound of the database, in pages of 4 KiB; beyond it writes fail as `full` until something is deleted. Default: none. */
  readonly maxPages?: number;
  /** Upper bound of calls that wait for one thread; beyond it they fail as `busy`. Default 10,000. */
  readonly maxQueued?: number;
  /** Upper bound of the texts in them, in UTF-16 units. Default 64 Mi. */
  readonly maxQueuedChars?: number;
  /** From a call to its answer (finding R28). Default 5,000. */
  readonly deadlineMs?: number;
}

/** What the store is given by whoever opens it. */
export interface SqliteTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter?: Meter;
}

/**
 * Opens the store, making and migrating the database if needed. Several processes may have it open.
 * @throws StoreError: unavailable when it can't be opened, busy when the folder is not free, corrupt when it can't be read, invalid when a newer chatbox wrote it
 */
export async function openSqliteStore<S = never>(
  settings: SqliteSettings,
  tools: SqliteTools,
): Promise<StoreAdapter<S>> {
  const file = join(settings.dataDir, databaseName);
  prepareFile(file);
  const deadlineMs = settings.deadlineMs ?? 5_000;
  const bounds = {
    maxQueued: settings.maxQueued ?? 10_000,
    maxQueuedChars: settings.maxQueuedChars ?? 67_108_864,
    deadlineMs,
  };
  const thread = (lane: Lane) => {
    const database = {
      file,
      lane,
      maxPages: settings.maxPages ?? 0,
      busyTimeoutMs: Math.floor(deadlineMs * 0.8),
      isAlone: settings.isAlone ?? false,
    };
    return new DatabaseThread(database, bounds, tools);
  };
  const write = thread('write');
  await write.open();
  const read = thread('read');
  const scan = thread('scan');
  // Needed by the first socket, so it starts now; that of lists starts with the first list. A failure shows at the first call, which tries again.
  read.open().catch((error: unknown) => tools.log.warn('store read thread failed to open', {}, error));
  const databases: Databases = {
    write: callerOf(write),
    read: callerOf(read),
    scan: callerOf(scan),
    // The writer closes last: who closes last folds the write-ahead log into the file.
    async close() {
      await Promise.all([read.close(), scan.close()]);
      await write.close();
    },
  };
  return storeOn(databases);
}

/** Calls of a thread. Their types are those of the database that the thread hosts: here they meet. */
function callerOf<T extends Callable<T>>(thread: DatabaseThread): Caller<T> {
  return (operation, ...args) => thread.call(operation, ...args) as Promise<ReturnType<T[typeof operation]>>;
}
