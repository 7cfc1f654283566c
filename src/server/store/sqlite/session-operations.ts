// Station: store/sqlite. Sessions by their keys in SQL: make, find, share, attach, delete. Called by database, on a thread of its own.
import type { Connection, Row, Value } from './driver.js';
import { projectionColumns, sessionColumns } from './records.js';
import type { WriterMemory } from './writer-memory.js';

/** Writes of sessions; each runs inside the transaction of its batch. */
export function sessionWrites(connection: Connection, { heads, recent }: WriterMemory) {
  const columns = ['id', 'user_id', 'ordinal', 'started_at', 'seed', 'span', ...projectionColumns];
  const insert = connection.prepare(
    `INSERT INTO session (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
  );
  const countOrdinal = connection.prepare(`
    INSERT INTO account (user_id, last_ordinal) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET last_ordinal = excluded.last_ordinal WHERE excluded.last_ordinal > last_ordinal`);
  const share = connection.prepare('UPDATE OR IGNORE session SET share_token = ? WHERE id = ? AND share_token IS NULL');
  const tokenOf = connection.prepare('SELECT share_token FROM session WHERE id = ?');
  const unshare = connection.prepare('UPDATE session SET share_token = NULL WHERE id = ?');
  const attach = connection.prepare(`
    UPDATE session SET attached_until = ?1
    WHERE attached_until < ?1 AND id IN (SELECT value FROM json_each(?2))`);
  const keyOf = connection.prepare('SELECT key FROM session WHERE id = ?');
  const removeFresh = connection.prepare('DELETE FROM fresh WHERE session = ?');
  const removals = ['place', 'sent', 'turn', 'aside', 'behind']
    .map((table) => `${table} WHERE session`)
    .concat('session WHERE key')
    .map((what) => connection.prepare(`DELETE FROM ${what} = ?`));
  // First of all: they are found by their places.
  const removeEntries = connection.prepare('DELETE FROM entry WHERE key IN (SELECT key FROM log WHERE session = ?)');
  const forget = connection.prepare('DELETE FROM account WHERE user_id = ?');
  const beat = connection.prepare('UPDATE pulse SET beats = beats + 1');

  return {
    createSession(
      id: string,
      userId: string,
      ordinal: number,
      startedAt: number,
      seed: string,
      projection: Value[],
    ): number {
      const created = insert.run(id, userId, ordinal, startedAt, seed, -startedAt, ...projection);
      if (created === 1) countOrdinal.run(userId, ordinal);
      return created;
    },
    /** The token that is there now; null when another session has this one; undefined when there is no such session. */
    share(id: string, token: string): Value | undefined {
      share.run(token, id);
      return tokenOf.row(id)?.[0];
    },
    unshare: (id: string): number => unshare.run(id),
    deleteSession(id: string): null {
      const key = keyOf.row(id)?.[0];
      if (typeof key !== 'number') return null;
      heads.forget(id);
      recent.write();
      removeEntries.run(key);
      recent.removed(removeFresh.run(key));
      for (const removal of removals) removal.run(key);
      return null;
    },
    forgetUser: (userId: string): number => forget.run(userId),
    keepAttached: (sessionIds: string, until: number): number => attach.run(until, sessionIds),
    ping: (): number => beat.run(),
  };
}

/** Reads of sessions. */
export function sessionReads(connection: Connection) {
  const byId = connection.prepare(`SELECT ${sessionColumns} FROM session WHERE id = ?`);
  const byToken = connection.prepare(`SELECT ${sessionColumns} FROM session WHERE share_token = ?`);
  // A user has few active sessions: this index leads to them alone, where the one in order of activity would pass every ended one.
  const active = connection.prepare(`
    SELECT ${sessionColumns} FROM session INDEXED BY session_user_span
    WHERE user_id = ? AND active = 1 ORDER BY last_activity_at DESC, id DESC LIMIT 1`);
  const lastOrdinal = connection.prepare('SELECT last_ordinal FROM account WHERE user_id = ?');
  const idle = connection.prepare(`
    SELECT id FROM session
    WHERE active = 1 AND last_activity_at < ? AND held = 0 AND help_requested = 0 AND attached_until <= ?
    ORDER BY last_activity_at, id LIMIT ?`);

  const expired = connection.prepare(`
    SELECT id FROM session WHERE active = 0 AND last_activity_at < ? ORDER BY last_activity_at, id LIMIT ?`);

  return {
    session: (id: string): Row | null => byId.row(id) ?? null,
    sessionByShareToken: (token: string): Row | null => byToken.row(token) ?? null,
    // The ordinal is read first: a session that is made in between is then found, or its ordinal refuses the caller's create. The other way round
    // the caller could see the ordinal without the session, count on, and make a second one (finding R17).
    activeSession(userId: string): readonly [lastOrdinal: Value, session: Row | null] {
      const ordinal = lastOrdinal.row(userId)?.[0] ?? 0;
      return [ordinal, active.row(userId) ?? null];
    },
    idleSessions: (before: number, now: number, limit: number): Row[] => idle.rows(before, now, limit),
    expiredSessions: (before: number, limit: number): Row[] => expired.rows(before, limit),
  };
}
