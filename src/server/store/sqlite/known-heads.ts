// Station: store/sqlite. Heads of logs that the writing connection wrote itself, so that an append need not look them up. Called by the log's writes.
import type { Connection } from './driver.js';

/** Where a session's log ends: its integer key and its last seq. */
export interface KnownHead {
  readonly key: number;
  seq: number;
  /** True once the session is known to stand in the table `behind`. */
  isBehind: boolean;
}

/** As many sessions as are remembered; beyond it all are forgotten, and learnt again one by one. */
const maxHeads = 20_000;

/** Heads by session id. What is in here is true inside a transaction that began with `begin`. */
export class KnownHeads {
  readonly #dataVersion: { row(): readonly unknown[] | undefined };
  readonly #heads = new Map<string, KnownHead>();
  #seenVersion: unknown;

  constructor(connection: Pick<Connection, 'prepare'>) {
    // Changes when, and only when, another connection has committed (SQLite, PRAGMA data_version).
    this.#dataVersion = connection.prepare('PRAGMA data_version');
  }

  /** Call it once the transaction holds the write lock: nobody else writes from here to its end. */
  begin(): void {
    const version = this.#dataVersion.row()?.[0];
    if (version !== this.#seenVersion) this.#heads.clear();
    this.#seenVersion = version;
  }

  get(sessionId: string): KnownHead | undefined {
    return this.#heads.get(sessionId);
  }

  set(sessionId: string, head: KnownHead): void {
    if (this.#heads.size >= maxHeads) this.#heads.clear();
    this.#heads.set(sessionId, head);
  }

  /** Its projection was written: whether it is still behind is no longer known. */
  projected(sessionId: string): void {
    const head = this.#heads.get(sessionId);
    if (head !== undefined) head.isBehind = false;
  }

  forget(sessionId: string): void {
    this.#heads.delete(sessionId);
  }

  /** The transaction was rolled back: what was learnt in it never was. */
  clear(): void {
    this.#heads.clear();
  }
}
