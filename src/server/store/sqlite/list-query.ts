// Station: store/sqlite. Builds the SQL of a list: which index is walked, from where, in which order. Called by list-operations; pure.
import type { SessionQuery, SessionSort } from '../../ports/store.js';
import { afterPrefix, type Place } from '../list-cursor.js';
import type { Value } from './driver.js';
import { sessionColumns } from './records.js';

/** SQL and the values of its parameters, in order. */
export interface Query {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** The column and the indexes of each sort (finding H1): alone, and behind a user. Every index goes on with the id. */
const sorts: Readonly<
  Record<SessionSort, { readonly column: string; readonly index: string; readonly userIndex: string }>
> = {
  start_time: { column: 'started_at', index: 'session_start', userIndex: 'session_user_start' },
  end_time: { column: 'end_key', index: 'session_end', userIndex: 'session_user_end' },
  message_count: { column: 'message_count', index: 'session_messages', userIndex: 'session_user_messages' },
  total_tokens: { column: 'total_tokens', index: 'session_tokens', userIndex: 'session_user_tokens' },
  user_id: { column: 'user_id', index: 'session_user', userIndex: 'session_user' },
  duration: { column: 'span', index: 'session_span', userIndex: 'session_user_span' },
  last_activity: { column: 'last_activity_at', index: 'session_activity', userIndex: 'session_user_activity' },
};

/**
 * The index to walk. SQLite would guess without knowing how common a value is, and guess wrong for "ended" (nearly all): so it is told.
 * Few sessions wait for help or are active, and they are sorted when asked for; else the sort's index is walked and the filter drops rows.
 */
function indexOf(query: SessionQuery, isNarrow: boolean): string {
  const { index, userIndex } = sorts[query.sortBy];
  // Few ids begin alike: they are sorted. This is the index of UNIQUE (id).
  if (query.idPrefix !== undefined) return 'sqlite_autoindex_session_1';
  if (query.userId !== undefined) return userIndex;
  if (query.helpRequested === true) return 'session_help';
  if (isNarrow) return 'session_start';
  if (query.status === 'active') return query.sortBy === 'last_activity' ? 'session_idle' : 'session_span';
  if (query.adminAssisted === true && query.sortBy === 'start_time') return 'session_assisted';
  return index;
}

/** Flags are written into the SQL: a partial index serves only a literal. */
function conditionsOf(query: SessionQuery): { readonly where: string[]; readonly values: Value[] } {
  const where: string[] = [];
  const values: Value[] = [];
  const flag = (column: string, isSet: boolean | undefined) => {
    if (isSet !== undefined) where.push(`${column} = ${isSet ? 1 : 0}`);
  };
  const bound = (condition: string, value: Value | undefined) => {
    if (value === undefined) return;
    where.push(condition);
    values.push(value);
  };
  flag('admin_assisted', query.adminAssisted);
  flag('help_requested', query.helpRequested);
  if (query.idPrefix !== undefined) {
    bound('id >= ?', query.idPrefix);
    bound('id < ?', afterPrefix(query.idPrefix) ?? undefined);
  }
  bound('user_id = ?', query.userId);
  bound('started_at >= ?', query.startedFrom);
  bound('started_at <= ?', query.startedTo);
  return { where, values };
}

/** The keys of one run of an index: `active` 1 or 0 for those sessions alone, null for both. */
function runOf(query: SessionQuery, active: 0 | 1 | null, place: Place | null, now: number, index: string): Query {
  const { column } = sorts[query.sortBy];
  const isActiveDuration = query.sortBy === 'duration' && active === 1;
  const { where, values } = conditionsOf(query);
  if (active !== null) where.push(`active = ${active}`);
  if (place !== null) {
    where.push(`(${column}, id) ${query.sortOrder === 'asc' ? '>' : '<'} (?, ?)`);
    values.push(isActiveDuration ? Number(place.value) - now : place.value, place.id);
  }
  const order = query.sortOrder === 'asc' ? 'ASC' : 'DESC';
  const sql = `
    SELECT key AS at, ${isActiveDuration ? `${column} + ?` : column} AS place, id FROM session INDEXED BY ${index}
    ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY ${column} ${order}, id ${order}`;
  return { sql, values: [...(isActiveDuration ? [now] : []), ...values] };
}

/** Which runs make the list: by duration the active and the ended are two, each in order. */
function runsOf(query: SessionQuery): readonly (0 | 1 | null)[] {
  if (query.status !== undefined) return [query.status === 'active' ? 1 : 0];
  return query.sortBy === 'duration' ? [0, 1] : [null];
}

/**
 * The list, one row more than the limit: session columns, then the sort value and the id.
 * @param isNarrow whether few sessions started in the query's window, so that they are best found by their start
 */
export function listQuery(query: SessionQuery, place: Place | null, isNarrow: boolean): Query {
  const now = place?.now ?? query.now;
  const index = indexOf(query, isNarrow);
  const runs = runsOf(query).map((active) => runOf(query, active, place, now, index));
  const order = query.sortOrder === 'asc' ? 'ASC' : 'DESC';
  const offset = place === null ? (query.offset ?? 0) : 0;
  const page = [query.limit + 1, offset];
  // Skipped rows cost an index entry each, because the sessions themselves are fetched after the cut. Two runs are each read as far as the page may reach.
  const [only] = runs;
  const cut: Query =
    runs.length === 1 && only !== undefined
      ? { sql: `${only.sql} LIMIT ? OFFSET ?`, values: [...only.values, ...page] }
      : {
          sql: `SELECT at, place, id FROM (${runs.map((run) => `SELECT * FROM (${run.sql} LIMIT ?)`).join(' UNION ALL ')})
            ORDER BY place ${order}, id ${order} LIMIT ? OFFSET ?`,
          values: [...runs.flatMap((run) => [...run.values, query.limit + 1 + offset]), ...page],
        };
  const sql = `
    SELECT ${sessionColumns}, place, session.id FROM (${cut.sql}) AS cut JOIN session ON session.key = cut.at
    ORDER BY place ${order}, session.id ${order}`;
  return { sql, values: cut.values };
}
