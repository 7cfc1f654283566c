// Station: store/sqlite. Lists of sessions. Called by database on the thread of long reads.
import type { SessionQuery } from '../../ports/store.js';
import { checkedQuery, decodeCursor, encodeCursor } from '../list-cursor.js';
import type { Connection, Row, Statement } from './driver.js';
import { listQuery } from './list-query.js';
import { sessionJson } from './records.js';

/** Up to so many sessions are sorted rather than found by walking the sort's index; counting them takes about a millisecond. */
const narrowSessions = 20_000;
/** A list's SQL depends on which filters it has: the statements of the last forms are kept. */
const keptStatements = 64;

/** Reads that may take long. */
export function listReads(connection: Connection) {
  const statements = new Map<string, Statement>();
  const startedWithin = connection.prepare(
    'SELECT count(*) FROM (SELECT 1 FROM session WHERE started_at >= ? AND started_at <= ? LIMIT ?)',
  );
  const statementOf = (sql: string): Statement => {
    const statement = statements.get(sql) ?? connection.prepare(sql);
    statements.delete(sql);
    statements.set(sql, statement);
    const oldest = statements.keys().next().value;
    if (statements.size > keptStatements && oldest !== undefined) statements.delete(oldest);
    return statement;
  };
  const isNarrow = ({ startedFrom, startedTo, sortBy }: SessionQuery): boolean => {
    if (sortBy === 'start_time' || (startedFrom === undefined && startedTo === undefined)) return false;
    const from = startedFrom ?? 0;
    const to = startedTo ?? Number.MAX_SAFE_INTEGER;
    return Number(startedWithin.row(from, to, narrowSessions + 1)?.[0]) <= narrowSessions;
  };

  return {
    /** A page as the JSON of its sessions, one text: it crosses to the other thread, and is read there, in half of the time of as many rows. And the cursor of the next. */
    listSessions(json: string): readonly [sessions: string, next: string | null] {
      const query = checkedQuery(JSON.parse(json) as SessionQuery);
      const place = query.cursor === undefined ? null : decodeCursor(query, query.cursor);
      const { sql, values } = listQuery(query, place, isNarrow(query));
      const rows = statementOf(sql).rows(...values);
      if (rows.length <= query.limit) return [sessionsJson(rows), null];
      const page = rows.slice(0, query.limit);
      const last = page.at(-1) ?? [];
      const next = { now: place?.now ?? query.now, value: last[3] ?? '', id: String(last[4]) };
      return [sessionsJson(page), encodeCursor(query, next)];
    },
  };
}

function sessionsJson(rows: readonly Row[]): string {
  return `[${rows.map(sessionJson).join(',')}]`;
}
