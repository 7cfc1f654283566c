// Station: store/sqlite. What the writing connection remembers between batches, and when that is no longer true. Called by database.
import type { Connection } from './driver.js';
import { KnownHeads } from './known-heads.js';
import { RecentEntries } from './recent-entries.js';
import { SendFilter } from './send-filter.js';

/** Memory of the one connection that writes in this process; other processes may write too. */
export class WriterMemory {
  readonly heads = new KnownHeads();
  readonly sends = new SendFilter();
  readonly recent: RecentEntries;
  readonly #dataVersion: ReturnType<Connection['prepare']>;
  #seenVersion: unknown;
  #hasFolded = false;

  constructor(connection: Pick<Connection, 'prepare'>) {
    this.recent = new RecentEntries(connection);
    // Changes when, and only when, another connection has committed (SQLite, PRAGMA data_version).
    this.#dataVersion = connection.prepare('PRAGMA data_version');
  }

  /** Call it once the transaction holds the write lock: nobody else writes from here to its end. */
  begin(): void {
    this.#hasFolded = false;
    // Of which sessions the filter holds all sends stands in their heads.
    if (this.sends.isFull || this.heads.isFull) this.heads.clear();
    if (this.sends.isFull) this.sends.clear();
    const version = this.#dataVersion.row()?.[0];
    if (version === this.#seenVersion) return;
    this.heads.clear();
    this.recent.load();
    this.#seenVersion = version;
  }

  /** Writes what waits. Call it inside the transaction, before COMMIT. */
  settle(): void {
    this.recent.write();
    if (!this.recent.isFoldDue) return;
    this.#hasFolded = true;
    this.recent.fold();
    this.heads.folded();
  }

  /**
   * The transaction was rolled back: what was learnt in it never was.
   * @returns whether it may have been for a fold, which is not tried again for a while
   */
  forget(): boolean {
    this.#seenVersion = undefined;
    this.recent.forget();
    const hasFolded = this.#hasFolded;
    this.#hasFolded = false;
    if (hasFolded) this.recent.postpone();
    return hasFolded;
  }
}
