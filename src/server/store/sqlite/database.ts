// Station: store/sqlite. The database as one thread sees it: runs batches of calls. Hosted by worker; tests call it in their own thread.
import { dirname } from 'node:path';
import { StoreError } from '../../ports/store.js';
import { asideReads, asideWrites } from './aside-operations.js';
import { lockDataDir } from './data-dir-lock.js';
import type { Connection } from './driver.js';
import { failure, type Reply } from './failure.js';
import { listReads } from './list-operations.js';
import { logReads, logWrites } from './log-operations.js';
import { metricsReads } from './metrics-operation.js';
import { noteReads, noteWrites } from './note-operations.js';
import { type ConnectionSettings, openConnection } from './open-connection.js';
import { recordReads, recordWrites } from './record-operations.js';
import { sessionReads, sessionWrites } from './session-operations.js';
import { turnReads, turnWrites } from './turn-operations.js';
import { WriterMemory } from './writer-memory.js';

const writesOf = (connection: Connection, memory: WriterMemory) => ({
  ...sessionWrites(connection, memory),
  ...logWrites(connection, memory),
  ...turnWrites(connection),
  ...noteWrites(connection),
  ...asideWrites(connection),
  ...recordWrites(connection, memory),
});
const readsOf = (connection: Connection) => ({
  ...sessionReads(connection),
  ...logReads(connection),
  ...turnReads(connection),
  ...noteReads(connection),
  ...asideReads(connection),
});
const scansOf = (connection: Connection) => ({
  ...listReads(connection),
  ...metricsReads(connection),
  ...recordReads(connection),
});

/** What the writing thread can be asked. */
export type Writes = ReturnType<typeof writesOf>;
/** What the thread of short reads can be asked. */
export type Reads = ReturnType<typeof readsOf>;
/** What the thread of long reads can be asked. */
export type Scans = ReturnType<typeof scansOf>;

/** What a thread is for. Reads have their own because a write waits for the disk, long reads because they may take a second. */
export type Lane = 'write' | 'read' | 'scan';

/** One call: its name, then its arguments: texts, numbers and lists of them, which cross between threads at little cost. */
export type Call = readonly [operation: string, ...args: unknown[]];

/** What a thread needs to open its database. */
export interface DatabaseSettings extends Omit<ConnectionSettings, 'role'> {
  readonly lane: Lane;
  /** Whether no other server may have the folder: the writing thread then holds its lock as long as it has the file open. */
  readonly isAlone?: boolean;
}

/** A database that answers calls. */
export interface Database {
  /** Answers each call, in order. Calls of the writing lane are durable together; one that fails leaves its neighbours as they were. Never throws. */
  run(calls: readonly Call[]): Reply[];
  close(): void;
}

type Operations = Readonly<Record<string, (...args: never[]) => unknown>>;

function perform(operations: Operations, [operation, ...args]: Call): Reply {
  const run = operations[operation];
  if (run === undefined) throw new StoreError('invalid', `There is no operation ${operation} on this thread.`);
  return run(...(args as never[]));
}

/**
 * Opens the database for one lane, and takes the folder where it is to be alone.
 * @param open the driver, unless a test puts itself before it
 * @throws StoreError
 */
export function openDatabase(settings: DatabaseSettings, open?: (file: string) => Connection): Database {
  const isWriter = settings.lane === 'write';
  const unlock = isWriter && settings.isAlone === true ? lockDataDir(dirname(settings.file)) : () => undefined;
  try {
    const connection = openConnection({ ...settings, role: isWriter ? 'write' : 'read' }, open);
    const run = settings.lane === 'write' ? writer(connection) : reader(connection, settings.lane);
    return {
      run,
      close() {
        if (isWriter) fold(connection);
        connection.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

function reader(connection: Connection, lane: Exclude<Lane, 'write'>): Database['run'] {
  const operations: Operations = lane === 'read' ? readsOf(connection) : scansOf(connection);
  return (calls) =>
    calls.map((call) => {
      try {
        return perform(operations, call);
      } catch (error) {
        return failure(error);
      }
    });
}

/**
 * Group commit: all calls of a batch share a transaction, and one sync of the disk. A call that fails would leave what it did before it failed, or (disk
 * full) have rolled back everything: so then all is rolled back, and each call runs again in a transaction of its own. That is slow, and rare.
 */
function writer(connection: Connection): Database['run'] {
  const memory = new WriterMemory(connection);
  const operations: Operations = writesOf(connection, memory);
  const begin = connection.prepare('BEGIN IMMEDIATE');
  const commit = connection.prepare('COMMIT');

  const attempt = (calls: readonly Call[]): Reply[] => {
    let isCommitting = false;
    try {
      // One that could not be rolled back when the disk failed would be in the way for ever.
      rollback(connection);
      begin.run();
      memory.begin();
      const replies = calls.map((call) => perform(operations, call));
      memory.settle();
      isCommitting = true;
      commit.run();
      return replies;
    } catch (error) {
      const why = failure(error);
      rollback(connection);
      const hasFolded = memory.forget();
      // A fold that finds no room must not refuse what would have some.
      if (hasFolded && why.failed === 'full') return attempt(calls);
      const isOfOneCall = why.failed === 'full' || why.failed === 'invalid';
      if (calls.length > 1 && isOfOneCall) return calls.flatMap((call) => attempt([call]));
      // A sync that failed may still have reached the disk: after a crash the log could hold it.
      const isUnknown = isCommitting && why.failed === 'unavailable';
      return calls.map(() => (isUnknown ? { ...why, failed: 'unknown_outcome' } : why));
    }
  };
  return attempt;
}

/** Leaves no transaction open. Where even that fails the next BEGIN fails and says why. */
function rollback(connection: Connection): void {
  ignoringFaults(() => {
    if (connection.inTransaction) connection.exec('ROLLBACK');
  });
}

/**
 * Folds the write-ahead log into the file. The driver lets a closed file go only with its last statement, so SQLite's own folding at the close may come late.
 * Where it fails the log stays beside the file, and the next to open it goes on from there.
 */
function fold(connection: Connection): void {
  ignoringFaults(() => {
    connection.pragma('busy_timeout = 100');
    connection.pragma('wal_checkpoint(TRUNCATE)');
  });
}

function ignoringFaults(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
