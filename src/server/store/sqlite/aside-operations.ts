// Station: store/sqlite. Words beside the logs in SQL: kept once, read by their place. Called by database, on a thread of its own.
import type { Connection, Row } from './driver.js';
import { asideColumns } from './records.js';

/** Writes of asides; each runs inside the transaction of its batch. */
export function asideWrites(connection: Connection) {
  const sessionKey = connection.prepare('SELECT key FROM session WHERE id = ?');
  const insert = connection.prepare(`
    INSERT INTO aside (session, id, seq, at, facts, text) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);

  return {
    /** 1 when it was kept, 0 when its key is taken; null when there is no such session. */
    putAside(sessionId: string, id: string, seq: number, at: number, facts: string, text: string): number | null {
      const session = sessionKey.row(sessionId)?.[0];
      return typeof session === 'number' ? insert.run(session, id, seq, at, facts, text) : null;
    },
  };
}

/** Reads of asides. */
export function asideReads(connection: Connection) {
  const newest = connection.prepare(`
    SELECT session.id, ${asideColumns} FROM aside JOIN session ON session.key = aside.session
    WHERE session.id = ? ORDER BY aside.seq DESC, aside.at DESC, aside.id DESC LIMIT ?`);

  return {
    /** The newest, newest first. */
    asides: (sessionId: string, limit: number): Row[] => newest.rows(sessionId, limit),
  };
}
