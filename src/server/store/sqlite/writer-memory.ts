// Station: store/sqlite. What the writing connection remembers between batches, and when that is no longer true. Called by database.
import type { Connection } from './driver.js';
import { KnownHeads } from './known-heads.js';
import { RecentSends } from './recent-sends.js';

/** Memory of the one connection that writes in this process; other processes may write too. */
export class WriterMemory {
  readonly heads = new KnownHeads();
  readonly sends: RecentSends;
  readonly #dataVersion: ReturnType<Connection['prepare']>;
  #seenVersion: unknown;

  constructor(connection: Pick<Connection, 'prepare'>) {
    this.sends = new RecentSends(connection);
    // Changes when, and only when, another connection has committed (SQLite, PRAGMA data_version).
    this.#dataVersion = connection.prepare('PRAGMA data_version');
  }

  /** Call it once the transaction holds the write lock: nobody else writes from here to its end. */
  begin(): void {
    const version = this.#dataVersion.row()?.[0];
    if (version === this.#seenVersion) return;
    this.heads.clear();
    this.sends.load();
    this.#seenVersion = version;
  }

  /** The transaction was rolled back: what was learnt in it never was. */
  forget(): void {
    this.#seenVersion = undefined;
  }
}
