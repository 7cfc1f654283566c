// Station: store/sqlite. Keys of the newest sends, which are not in their index yet. Called by the log's writes, on the writing thread.
import type { Connection } from './driver.js';

/** So many sends are folded into the index at once: what they cost there is shared by those that fall onto one page. */
const foldAt = 4_096;

/**
 * The index of sends (table `sent`) is written in bulk: clients choose random ids, so that one entry at a time would change a page of its own for nearly
 * each append (measured: a third of what an append cost). What is newer than the index reaches (`sent_through`) lies in the log all the same, in order of
 * arrival, and is kept in memory by the one connection that writes; after another one wrote, or a rollback, it is read again.
 */
export class RecentSends {
  readonly #bySession = new Map<number, Map<string, number>>();
  readonly #read: ReturnType<Connection['prepare']>;
  readonly #fold: ReturnType<Connection['prepare']>;
  readonly #advance: ReturnType<Connection['prepare']>;
  #count = 0;

  constructor(connection: Pick<Connection, 'prepare'>) {
    this.#read = connection.prepare(`
      SELECT session, send, seq FROM entry
      WHERE key > (SELECT entry FROM sent_through) AND send IS NOT NULL ORDER BY key`);
    this.#fold = connection.prepare(`
      INSERT INTO sent (session, hash, entry)
      SELECT session, send_hash, key FROM entry
      WHERE key > (SELECT entry FROM sent_through) AND send IS NOT NULL ORDER BY session, send_hash`);
    this.#advance = connection.prepare('UPDATE sent_through SET entry = (SELECT ifnull(max(key), 0) FROM entry)');
  }

  /** Reads what the index does not hold. Call it inside a transaction that holds the write lock. */
  load(): void {
    this.#bySession.clear();
    this.#count = 0;
    for (const [session, send, seq] of this.#read.rows()) this.add(Number(session), String(send), Number(seq));
  }

  /** The seq of that send; undefined when it is not among the newest, or is none. */
  seqOf(session: number, send: string): number | undefined {
    return this.#bySession.get(session)?.get(send);
  }

  add(session: number, send: string, seq: number): void {
    const known = this.#bySession.get(session);
    if (known === undefined) this.#bySession.set(session, new Map([[send, seq]]));
    else known.set(send, seq);
    this.#count += 1;
  }

  /** The session is gone, and its key may be given to another. */
  forget(session: number): void {
    this.#count -= this.#bySession.get(session)?.size ?? 0;
    this.#bySession.delete(session);
  }

  /** Folds what has gathered into the index, when it is enough. Call it inside the transaction, before COMMIT. */
  settle(): void {
    if (this.#count < foldAt) return;
    this.#fold.run();
    this.#advance.run();
    this.#bySession.clear();
    this.#count = 0;
  }
}
