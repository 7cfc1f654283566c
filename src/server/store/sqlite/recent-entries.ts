// Station: store/sqlite. The newest entries: inserted in groups, folded into their indexes in bulk. Called by the log's writes, on the writing thread.
import type { Connection, Statement, Value } from './driver.js';

/** Rows in one statement, greatest first: a call into the driver costs as much as the insertion of a row does. */
const groupSizes = [16, 4, 1] as const;
const columns = ['session', 'seq', 'at', 'send_hash', 'body'] as const;

/**
 * How many are folded at once. A fold changes a page of each index for each session in it, and every commit some pages of `fresh`, the more the larger it is:
 * with few sessions there is a fold early, with many there are some entries of each to share its page.
 */
const foldAt = { least: 2_048, most: 8_192, perSession: 8 } as const;
/** After a fold that found no room, so many more are waited for. */
const patience = 1_024;

/** What was appended and is not in the indexes `place` and `sent` yet. Use it within transactions that hold the write lock. */
export class RecentEntries {
  /** With the number of values that each takes. */
  readonly #inserts: readonly { readonly length: number; readonly statement: Statement }[];
  readonly #lastKey: Statement;
  readonly #place: Statement;
  readonly #count: Statement;
  readonly #fold: readonly Statement[];
  /** The values of the rows that wait, one row behind the other. */
  #unwritten: Value[] = [];
  #size = 0;
  #notBefore = 0;
  /** Sessions of which entries came since the last fold that is known of: a measure, no promise. */
  readonly #sessions = new Set<number>();

  constructor(connection: Pick<Connection, 'prepare'>) {
    const row = `(${columns.map(() => '?').join(', ')})`;
    this.#inserts = groupSizes.map((size) => ({
      length: size * columns.length,
      statement: connection.prepare(
        `INSERT INTO entry (${columns.join(', ')}) VALUES ${Array.from({ length: size }, () => row).join(', ')}`,
      ),
    }));
    this.#lastKey = connection.prepare('SELECT ifnull(max(key), 0) FROM entry');
    this.#place = connection.prepare(
      'INSERT INTO fresh (session, seq, entry) SELECT session, seq, key FROM entry WHERE key > ?',
    );
    this.#count = connection.prepare('SELECT count(*) FROM fresh');
    this.#fold = [
      'INSERT INTO place (session, seq, entry) SELECT session, seq, entry FROM fresh ORDER BY session, seq',
      `INSERT INTO sent (session, hash, entry)
        SELECT fresh.session, send_hash, fresh.entry FROM fresh CROSS JOIN entry ON entry.key = fresh.entry
        WHERE send_hash IS NOT NULL ORDER BY fresh.session, send_hash`,
      'DELETE FROM fresh',
    ].map((sql) => connection.prepare(sql));
  }

  /** Whether there are enough to fold. */
  get isFoldDue(): boolean {
    const { least, most, perSession } = foldAt;
    const wanted = Math.max(least, Math.min(most, this.#sessions.size * perSession), this.#notBefore);
    return this.#size >= wanted;
  }

  /** Another connection may have written: counts what is there. */
  load(): void {
    this.#size = Number(this.#count.row()?.[0] ?? 0);
    this.#sessions.clear();
  }

  /** Takes an entry, to be inserted by the next `write`. */
  add(session: number, seq: number, at: number, hash: number | null, body: string): void {
    this.#unwritten.push(session, seq, at, hash, body);
    this.#sessions.add(session);
    this.#size += 1;
  }

  /** Inserts what was taken. To be called before the log is read, and before COMMIT. */
  write(): void {
    if (this.#unwritten.length === 0) return;
    const values = this.#unwritten;
    this.#unwritten = [];
    const before = this.#lastKey.row()?.[0] ?? 0;
    let at = 0;
    for (const { length, statement } of this.#inserts) {
      for (; values.length - at >= length; at += length) statement.run(...values.slice(at, at + length));
    }
    // A new row has a greater key than all that are there.
    this.#place.run(before);
  }

  /** What was taken and not inserted never was. */
  forget(): void {
    this.#unwritten = [];
  }

  /** So many of them were removed with their session. */
  removed(count: number): void {
    this.#size -= count;
  }

  /** Moves all into the indexes. */
  fold(): void {
    for (const step of this.#fold) step.run();
    this.#size = 0;
    this.#notBefore = 0;
    this.#sessions.clear();
  }

  /** A fold found no room: appends must not fail for it, so it is tried again later. */
  postpone(): void {
    this.#notBefore = this.#size + patience;
  }
}
