// Station: store/sqlite. The SQLite driver as the rest of this folder sees it: the only file that imports it. Called by whoever opens a database file.
import Libsql from 'libsql';
import { StoreError } from '../../ports/store.js';
import { fault } from './fault.js';

/** What a parameter or a column can hold here; numbers are integers below 2^53. */
export type Value = string | number | null;

/** One row, its columns in the order of the SELECT. */
export type Row = readonly Value[];

/** A prepared statement. Its methods throw StoreError and nothing else. */
export interface Statement {
  /** Runs it and says how many rows it changed. */
  run(...values: Value[]): number;
  /** Its first row. */
  row(...values: Value[]): Row | undefined;
  /** All its rows: the caller bounds them by LIMIT, because a half-read statement would hold its snapshot open. */
  rows(...values: Value[]): Row[];
}

/** An open database file. Its methods throw StoreError and nothing else. */
export interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
  /** Runs SQL without parameters or rows. */
  exec(sql: string): void;
  /** Reads or sets a pragma; its first value. */
  pragma(text: string): Value | undefined;
  close(): void;
}

/** The part of the driver's statement that is used here; its own types say `any`. */
interface DriverStatement {
  run(values: readonly Value[]): { readonly changes: number };
  get(values: readonly Value[]): Row | undefined;
  all(values: readonly Value[]): Row[];
  raw(): DriverStatement;
}

function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof StoreError ? error : fault(error);
  }
}

/**
 * Opens a database file, making it if it is not there.
 * @throws StoreError unavailable, corrupt
 */
export function connect(file: string): Connection {
  const database = guarded(() => new Libsql(file));
  const prepare = (sql: string): Statement => {
    const plain = guarded(() => database.prepare(sql)) as unknown as DriverStatement;
    // Rows as arrays: the driver adds a timing object to rows that are objects.
    let raw: DriverStatement | null = null;
    const reader = (): DriverStatement => {
      raw ??= plain.raw();
      return raw;
    };
    return {
      run: (...values) => guarded(() => plain.run(values).changes),
      row: (...values) => guarded(() => reader().get(values)),
      rows: (...values) => guarded(() => reader().all(values)),
    };
  };
  return {
    get inTransaction() {
      return database.inTransaction;
    },
    prepare,
    exec: (sql) => guarded(() => database.exec(sql)),
    // Rows as objects: a pragma that is only set has none, and the driver refuses to give none as arrays.
    pragma(text) {
      const [first] = guarded(() => database.prepare(`PRAGMA ${text}`).all()) as readonly Readonly<
        Record<string, Value>
      >[];
      return first === undefined ? undefined : Object.values(first)[0];
    },
    close: () => guarded(() => database.close()),
  };
}
