// Station: store/sqlite. A session's log in SQL: append, read, project. Called by database, on a thread of its own.
import type { Connection, Row, Value } from './driver.js';
import type { KnownHead } from './known-heads.js';
import { entryColumns, projectionColumns, sendHash, sendKeyOf, toLogEntry, turnColumns } from './records.js';
import type { WriterMemory } from './writer-memory.js';

/** What an append did, `without turn` where that was taken; the row is the entry that has the same send key; `alike` refuses what `maxAlike` is there for. */
export type AppendReply = 'appended' | 'without turn' | 'conflict' | 'gone' | 'alike' | Row;

/** The last seq of the log of the session in a row of `session`; what is fresh is newer than what is not. */
const lastSeq = `ifnull(
    (SELECT max(seq) FROM fresh WHERE fresh.session = session.key),
    ifnull((SELECT max(seq) FROM place WHERE place.session = session.key), 0))`;

/**
 * So many sends of a session may have one hash. By chance there are not three, but who chooses ids can make any number of them, and each is read for each that
 * comes after it: one more is refused.
 */
const maxAlike = 8;

/** The entries of a hash that the index of sends holds. */
const indexed = `
  SELECT entry.seq, entry.body FROM sent CROSS JOIN entry ON entry.key = sent.entry
  WHERE sent.session = ?1 AND sent.hash = ?2`;

/** The entries of a hash, wherever they are: what the index does not hold yet is fresh. */
const anywhere = `${indexed} UNION ALL
  SELECT entry.seq, entry.body FROM fresh CROSS JOIN entry ON entry.key = fresh.entry
  WHERE fresh.session = ?1 AND entry.send_hash = ?2`;

const few = `LIMIT ${maxAlike}`;

const sendOf = (row: Row): string | null => sendKeyOf(toLogEntry(row).entry);

/** A session with more indexed sends than this is not read into the filter: its appends look into the index instead. */
const maxFiltered = 256;

/** Learns where a session's log ends and what was sent in it. */
function learner(connection: Connection, { heads, sends }: WriterMemory) {
  const headOf = connection.prepare(`SELECT key, ${lastSeq} FROM session WHERE id = ?`);
  // Hashes come as one text, because rows cost more than what is in them.
  const recentSends = connection.prepare(`
    SELECT group_concat(send_hash) FROM fresh CROSS JOIN entry ON entry.key = fresh.entry
    WHERE fresh.session = ? AND send_hash IS NOT NULL`);
  const indexedSends = connection.prepare(`
    SELECT group_concat(hash), count(*) FROM (SELECT hash FROM sent WHERE session = ? LIMIT ${maxFiltered + 1})`);

  return (sessionId: string): KnownHead | undefined => {
    const row = headOf.row(sessionId);
    if (row === undefined) return undefined;
    const [key, seq] = [Number(row[0]), Number(row[1])];
    const isNew = seq === 0;
    const recent = isNew ? [] : numbersOf(recentSends.row(key)?.[0]);
    const [text, count] = isNew ? [null, 0] : (indexedSends.row(key) ?? []);
    const isFiltered = Number(count) <= maxFiltered;
    if (isFiltered) for (const hash of [...recent, ...numbersOf(text)]) sends.add(key, hash);
    const head = { key, seq, isBehind: false, recentSends: new Set(recent), isFiltered };
    heads.set(sessionId, head);
    return head;
  };
}

const numbersOf = (list: Value | undefined): number[] => (typeof list === 'string' ? list.split(',').map(Number) : []);

/** Writes of the log; each runs inside the transaction of its batch. */
export function logWrites(connection: Connection, memory: WriterMemory) {
  const { heads, sends, recent } = memory;
  const learn = learner(connection, memory);
  const fallBehind = connection.prepare(`
    INSERT INTO behind (session, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = excluded.at WHERE excluded.at < at`);
  const inIndex = connection.prepare(`${indexed} ${few}`);
  const everywhere = connection.prepare(`${anywhere} ${few}`);
  const insertTurn = connection.prepare(`
    INSERT INTO turn (session, ${turnColumns.join(', ')})
    SELECT key, ${turnColumns.map((_, at) => `?${at + 2}`).join(', ')} FROM session WHERE id = ?1
    ON CONFLICT DO NOTHING`);
  const project = connection.prepare(`
    UPDATE session SET ${projectionColumns.map((column, at) => `${column} = ?${at + 2}`).join(', ')},
      span = CASE ?${projectionColumns.indexOf('active') + 2}
        WHEN 1 THEN -started_at ELSE ?${projectionColumns.indexOf('end_key') + 2} - started_at END
    WHERE id = ?1 AND seq < ?${projectionColumns.indexOf('seq') + 2}`);
  const unprojected = connection.prepare(`
    SELECT session.id FROM behind JOIN session ON session.key = behind.session
    WHERE behind.at < ? ORDER BY behind.at LIMIT ?`);

  /** The entry that was appended before as the same send as that of `body`. */
  const sentBefore = (
    { key, isFiltered, recentSends }: KnownHead,
    hash: number,
    body: string,
  ): Row | 'alike' | undefined => {
    if (isFiltered && !sends.mayHold(key, hash)) return undefined;
    const isRecent = recentSends.has(hash);
    if (isRecent) recent.write();
    const alike = (isRecent ? everywhere : inIndex).rows(key, hash);
    if (alike.length === 0) return undefined;
    const send = sendOf([0, body]);
    return alike.find((row) => sendOf(row) === send) ?? (alike.length < maxAlike ? undefined : 'alike');
  };

  return {
    /** `hash` is that of the send; null where the entry is none. */
    append(sessionId: string, seq: number, at: number, hash: number | null, body: string, turn: Value[] | null) {
      const head = heads.get(sessionId) ?? learn(sessionId);
      if (head === undefined) return 'gone';
      const before = hash === null ? undefined : sentBefore(head, hash, body);
      if (before !== undefined) return before;
      // Beyond the head there would be a gap; at or below it something lies already.
      if (seq !== head.seq + 1) return 'conflict';
      recent.add(head.key, seq, at, hash, body);
      head.seq = seq;
      if (hash !== null) {
        head.recentSends.add(hash);
        if (head.isFiltered) sends.add(head.key, hash);
      }
      if (!head.isBehind) fallBehind.run(head.key, at);
      head.isBehind = true;
      return turn === null || insertTurn.run(sessionId, ...turn) === 1 ? 'appended' : 'without turn';
    },
    createTurn: (sessionId: string, turn: Value[]): number => insertTurn.run(sessionId, ...turn),
    project(changes: readonly Value[][]): null {
      recent.write();
      for (const change of changes) {
        project.run(...change);
        heads.projected(String(change[0]));
      }
      return null;
    },
    // A read among the writes, as are the unsettled turns: a start waits for both, and the threads of reads are there only later.
    unprojected: (olderThan: number, limit: number): Row[] => unprojected.rows(olderThan, limit),
  } satisfies { append: (...args: never[]) => AppendReply } & Record<string, unknown>;
}

/** Reads of the log. */
export function logReads(connection: Connection) {
  const range = (filter: string, order: string) =>
    connection.prepare(`
      SELECT ${entryColumns} FROM log
      WHERE session = (SELECT key FROM session WHERE id = ?) AND seq > ? AND seq < ?${filter}
      ORDER BY seq ${order} LIMIT ?`);
  const messages = ' AND send_hash IS NOT NULL';
  const readers = {
    oldest: range('', 'ASC'),
    newest: range('', 'DESC'),
    oldestMessages: range(messages, 'ASC'),
    newestMessages: range(messages, 'DESC'),
  };
  const keyOf = connection.prepare('SELECT key FROM session WHERE id = ?');
  const byHash = connection.prepare(`${anywhere} ${few}`);
  const heads = connection.prepare(`SELECT id, ${lastSeq} FROM session WHERE id IN (SELECT value FROM json_each(?))`);

  return {
    entries(
      sessionId: string,
      after: number,
      before: number,
      limit: number,
      newest: boolean,
      messagesOnly: boolean,
    ): Row[] {
      if (!newest) return readers[messagesOnly ? 'oldestMessages' : 'oldest'].rows(sessionId, after, before, limit);
      return readers[messagesOnly ? 'newestMessages' : 'newest'].rows(sessionId, after, before, limit).reverse();
    },
    entryOf(sessionId: string, send: string): Row | null {
      const key = keyOf.row(sessionId)?.[0];
      const alike = key === undefined ? [] : byHash.rows(key, sendHash(send));
      return alike.find((row) => sendOf(row) === send) ?? null;
    },
    heads: (sessionIds: string): Row[] => heads.rows(sessionIds),
  };
}
