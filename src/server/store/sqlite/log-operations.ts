// Station: store/sqlite. A session's log in SQL: append, read, project. Called by database, on a thread of its own.
import type { Connection, Row, Value } from './driver.js';
import type { KnownHeads } from './known-heads.js';
import { entryColumns, projectionColumns, turnColumns } from './records.js';

/** What an append did; the row is the entry that has the same send key. */
export type AppendReply = 'appended' | 'conflict' | 'gone' | Row;

/** FNV-1a of the UTF-16 units: 32 bits that spread well over short texts. What it takes for equal is compared in full. */
function hashOf(send: string | null): number | null {
  if (send === null) return null;
  let hash = 0x811c9dc5;
  for (let at = 0; at < send.length; at += 1) hash = Math.imul(hash ^ send.charCodeAt(at), 0x01000193);
  return hash;
}

/** Writes of the log; each runs inside the transaction of its batch. */
export function logWrites(connection: Connection, heads: KnownHeads) {
  // One statement says all: the session is there, the seq before is there (so no gap can be expressed), neither seq nor send key is taken.
  const insert = connection.prepare(`
    INSERT INTO entry (session, seq, at, send, send_hash, body)
    SELECT key, ?2, ?3, ?4, ?5, ?6 FROM session
    WHERE id = ?1 AND (?2 = 1 OR EXISTS (SELECT 1 FROM entry WHERE session = session.key AND seq = ?2 - 1))
      AND NOT EXISTS (SELECT 1 FROM entry WHERE session = session.key AND send_hash = ?5 AND send = ?4)
    ON CONFLICT DO NOTHING`);
  // The same for a session whose head is known: only the two keys are left to be checked.
  const insertAtHead = connection.prepare(`
    INSERT INTO entry (session, seq, at, send, send_hash, body)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6
    WHERE NOT EXISTS (SELECT 1 FROM entry WHERE session = ?1 AND send_hash = ?5 AND send = ?4)
    ON CONFLICT DO NOTHING`);
  const fallBehind = connection.prepare(`
    INSERT INTO behind (session, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = excluded.at WHERE excluded.at < at`);
  const keyOf = connection.prepare('SELECT key FROM session WHERE id = ?');
  const bySend = connection.prepare(
    `SELECT ${entryColumns} FROM entry WHERE session = ?1 AND send_hash = ?2 AND send = ?3`,
  );
  const insertTurn = connection.prepare(`
    INSERT INTO turn (session, ${turnColumns.join(', ')})
    SELECT key, ${turnColumns.map((_, at) => `?${at + 2}`).join(', ')} FROM session WHERE id = ?1
    ON CONFLICT DO NOTHING`);
  const project = connection.prepare(`
    UPDATE session SET ${projectionColumns.map((column, at) => `${column} = ?${at + 2}`).join(', ')},
      span = CASE ?${projectionColumns.indexOf('active') + 2}
        WHEN 1 THEN -started_at ELSE ?${projectionColumns.indexOf('end_key') + 2} - started_at END
    WHERE id = ?1 AND seq < ?${projectionColumns.indexOf('seq') + 2}`);

  const insertEntry = (sessionId: string, seq: number, at: number, send: string | null, body: string): boolean => {
    const head = heads.get(sessionId);
    if (head !== undefined) {
      if (seq !== head.seq + 1 || insertAtHead.run(head.key, seq, at, send, hashOf(send), body) === 0) return false;
      head.seq = seq;
      if (!head.isBehind) fallBehind.run(head.key, at);
      head.isBehind = true;
      return true;
    }
    if (insert.run(sessionId, seq, at, send, hashOf(send), body) === 0) return false;
    const key = Number(keyOf.row(sessionId)?.[0]);
    fallBehind.run(key, at);
    heads.set(sessionId, { key, seq, isBehind: true });
    return true;
  };

  return {
    append(sessionId: string, seq: number, at: number, send: string | null, body: string, turn: Value[] | null) {
      if (insertEntry(sessionId, seq, at, send, body)) {
        if (turn !== null) insertTurn.run(sessionId, ...turn);
        return 'appended';
      }
      const key = keyOf.row(sessionId)?.[0];
      if (key === undefined) return 'gone';
      return (send === null ? undefined : bySend.row(key, hashOf(send), send)) ?? 'conflict';
    },
    createTurn: (sessionId: string, turn: Value[]): number => insertTurn.run(sessionId, ...turn),
    project(changes: readonly Value[][]): null {
      for (const change of changes) {
        project.run(...change);
        heads.projected(String(change[0]));
      }
      return null;
    },
  } satisfies { append: (...args: never[]) => AppendReply } & Record<string, unknown>;
}

/** Reads of the log. */
export function logReads(connection: Connection) {
  const range = (filter: string, order: string) =>
    connection.prepare(`
      SELECT ${entryColumns} FROM entry
      WHERE session = (SELECT key FROM session WHERE id = ?) AND seq > ? AND seq < ?${filter}
      ORDER BY seq ${order} LIMIT ?`);
  const messages = ' AND send IS NOT NULL';
  const readers = {
    oldest: range('', 'ASC'),
    newest: range('', 'DESC'),
    oldestMessages: range(messages, 'ASC'),
    newestMessages: range(messages, 'DESC'),
  };
  const bySend = connection.prepare(
    `SELECT ${entryColumns} FROM entry WHERE session = (SELECT key FROM session WHERE id = ?1) AND send_hash = ?2 AND send = ?3`,
  );
  const heads = connection.prepare(`
    SELECT id, ifnull((SELECT max(seq) FROM entry WHERE session = session.key), 0) FROM session
    WHERE id IN (SELECT value FROM json_each(?))`);
  const unprojected = connection.prepare(`
    SELECT session.id FROM behind JOIN session ON session.key = behind.session
    WHERE behind.at < ? ORDER BY behind.at LIMIT ?`);

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
    entryOf: (sessionId: string, send: string): Row | null => bySend.row(sessionId, hashOf(send), send) ?? null,
    heads: (sessionIds: string): Row[] => heads.rows(sessionIds),
    unprojected: (olderThan: number, limit: number): Row[] => unprojected.rows(olderThan, limit),
  };
}
