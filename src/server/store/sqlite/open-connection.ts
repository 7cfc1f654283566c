// Station: store/sqlite. Opens the database file with the settings that its promises rest on. Called by database (one connection for each thread).
import { StoreError } from '../../ports/store.js';
import { type Connection, connect } from './driver.js';
import { migrate } from './migrate.js';

/** How a connection is used: the one that writes also makes and migrates the file. */
export type Role = 'write' | 'read';

/** Where and how to open it. */
export interface ConnectionSettings {
  readonly file: string;
  readonly role: Role;
  /** Upper bound of the file, in pages of 4 KiB; beyond it writes fail as `full`. 0 for none. */
  readonly maxPages: number;
  /** How long a lock of another process is waited for; below the deadline of an operation, so that its error still arrives. */
  readonly busyTimeoutMs: number;
}

/** 32 MiB: a checkpoint writes a page once, however often it changed since the last, so rare ones are cheaper; each stalls only the writing thread. */
const checkpointPages = 8_000;
const cacheKib = 65_536;
const journalLimitBytes = 67_108_864;

/**
 * Opens a connection. An acked write is durable because of WAL with synchronous FULL: COMMIT returns after the log was synced.
 * @throws StoreError
 */
export function openConnection(settings: ConnectionSettings, open: (file: string) => Connection = connect): Connection {
  const connection = open(settings.file);
  try {
    // In the driver a number that is bound arrives as REAL; every column that takes one has INTEGER affinity, which turns it back.
    connection.pragma(`busy_timeout = ${settings.busyTimeoutMs}`);
    if (settings.role === 'read') {
      connection.pragma('query_only = ON');
    } else {
      enterWal(connection, settings.busyTimeoutMs);
      connection.pragma('synchronous = FULL');
      connection.pragma(`wal_autocheckpoint = ${checkpointPages}`);
      connection.pragma(`journal_size_limit = ${journalLimitBytes}`);
      migrate(connection);
      if (settings.maxPages > 0) connection.pragma(`max_page_count = ${settings.maxPages}`);
    }
    connection.pragma(`cache_size = -${cacheKib}`);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** SQLite doesn't wait for the lock that the change of the journal mode needs, so two processes that start at once would fail here. */
function enterWal(connection: Connection, patienceMs: number): void {
  const pauseMs = 10;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    try {
      if (connection.pragma('journal_mode = WAL') === 'wal') return;
    } catch (error) {
      if (waitedMs >= patienceMs) throw error;
    }
    if (waitedMs >= patienceMs)
      throw new StoreError(
        'unavailable',
        'The store cannot keep a write-ahead log here. Put DATA_DIR on a local disk.',
      );
    Atomics.wait(sleeper, 0, 0, pauseMs);
  }
}
