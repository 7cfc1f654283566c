// Station: store/sqlite. A session's log in SQL: append, read, project. Called by database, on a thread of its own.
import type { Connection, Row, Value } from './driver.js';
import type { KnownHead } from './known-heads.js';
import { entryColumns, projectionColumns, turnColumns } from './records.js';
import type { WriterMemory } from './writer-memory.js';

/** What an append did, `without turn` where that was taken; the row is the entry that has the same send key. */
export type AppendReply = 'appended' | 'without turn' | 'conflict' | 'gone' | Row;

/** FNV-1a of the UTF-16 units: 32 bits that spread well over short texts. What it takes for equal is compared in full. */
function hashOf(send: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < send.length; at += 1) hash = Math.imul(hash ^ send.charCodeAt(at), 0x01000193);
  return hash;
}

/** The last seq of the log of the session in a row of `session`; what is fresh is newer than what is not. */
const lastSeq = `ifnull(
    (SELECT max(seq) FROM fresh WHERE fresh.session = session.key),
    ifnull((SELECT max(seq) FROM place WHERE place.session = session.key), 0))`;

/** The entry of a send that the index holds. */
const indexed = `
  SELECT entry.seq, entry.body FROM sent CROSS JOIN entry ON entry.key = sent.entry
  WHERE sent.session = ?1 AND sent.hash = ?2 AND entry.send = ?3`;

/** A session with more stored sends than this is not read into the filter: its appends look into the index instead. */
const maxFiltered = 256;

/** Learns where a session's log ends and what was sent in it. */
function learner(connection: Connection, { heads, sends }: WriterMemory) {
  const headOf = connection.prepare(`SELECT key, ${lastSeq} FROM session WHERE id = ?`);
  const recentSends = connection.prepare(`
    SELECT send, fresh.seq FROM fresh CROSS JOIN entry ON entry.key = fresh.entry
    WHERE fresh.session = ? AND send IS NOT NULL`);
  // As one text, because rows cost more than what is in them.
  const indexedSends = connection.prepare(`
    SELECT count(*), group_concat(hash) FROM (SELECT hash FROM sent WHERE session = ? LIMIT ${maxFiltered + 1})`);

  return (sessionId: string): KnownHead | undefined => {
    const row = headOf.row(sessionId);
    if (row === undefined) return undefined;
    const [key, seq] = [Number(row[0]), Number(row[1])];
    const [count, hashes] = seq === 0 ? [0, null] : (indexedSends.row(key) ?? [0, null]);
    const isFiltered = Number(count) <= maxFiltered;
    if (isFiltered && hashes !== null) for (const hash of String(hashes).split(',')) sends.add(key, Number(hash));
    const known = new Map<string, number>();
    if (seq > 0) {
      for (const [send, at] of recentSends.rows(key)) {
        known.set(String(send), Number(at));
        sends.add(key, hashOf(String(send)));
      }
    }
    const head = { key, seq, isBehind: false, recentSends: known, isFiltered };
    heads.set(sessionId, head);
    return head;
  };
}

/** Writes of the log; each runs inside the transaction of its batch. */
export function logWrites(connection: Connection, memory: WriterMemory) {
  const { heads, sends, recent } = memory;
  const learn = learner(connection, memory);
  const fallBehind = connection.prepare(`
    INSERT INTO behind (session, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = excluded.at WHERE excluded.at < at`);
  const bySend = connection.prepare(indexed);
  const bySeq = connection.prepare(`SELECT ${entryColumns} FROM log WHERE session = ? AND seq = ?`);
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

  /** The entry of a send that was appended before. */
  const sentBefore = (head: KnownHead, send: string, hash: number): Row | undefined => {
    if (head.isFiltered && !sends.mayHold(head.key, hash)) return undefined;
    const seq = head.recentSends.get(send);
    if (seq === undefined) return bySend.row(head.key, hash, send);
    recent.write();
    return bySeq.row(head.key, seq);
  };

  return {
    append(sessionId: string, seq: number, at: number, send: string | null, body: string, turn: Value[] | null) {
      const head = heads.get(sessionId) ?? learn(sessionId);
      if (head === undefined) return 'gone';
      const hash = send === null ? null : hashOf(send);
      const before = send === null || hash === null ? undefined : sentBefore(head, send, hash);
      if (before !== undefined) return before;
      // Beyond the head there would be a gap; at or below it something lies already.
      if (seq !== head.seq + 1) return 'conflict';
      recent.add([head.key, seq, at, send, hash, body]);
      head.seq = seq;
      if (send !== null && hash !== null) {
        head.recentSends.set(send, seq);
        sends.add(head.key, hash);
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
  const messages = ' AND send IS NOT NULL';
  const readers = {
    oldest: range('', 'ASC'),
    newest: range('', 'DESC'),
    oldestMessages: range(messages, 'ASC'),
    newestMessages: range(messages, 'DESC'),
  };
  const keyOf = connection.prepare('SELECT key FROM session WHERE id = ?');
  // What the index does not hold yet are the fresh ones.
  const bySend = connection.prepare(`${indexed} UNION ALL
    SELECT entry.seq, entry.body FROM fresh CROSS JOIN entry ON entry.key = fresh.entry
    WHERE fresh.session = ?1 AND entry.send_hash = ?2 AND entry.send = ?3`);
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
      return key === undefined ? null : (bySend.row(key, hashOf(send), send) ?? null);
    },
    heads: (sessionIds: string): Row[] => heads.rows(sessionIds),
  };
}
