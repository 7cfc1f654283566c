// Station: store/sqlite. Exact numbers over a window of time (finding M2). Called by database on the thread of long reads.
import type { SessionMetrics } from '../../ports/store.js';
import { greatestOverlap } from '../overlap.js';
import type { Connection, Row } from './driver.js';

/**
 * When sessions were under way within the window, as two lists: when each began, counted from `?1`, and for how long, up to `?2`. As text, because one long text
 * crosses from the driver in a third of the time of as many rows; and small numbers, because writing and reading their digits is what the lists cost.
 */
const spans = `
  group_concat(max(started_at, ?1) - ?1) FILTER (WHERE started_at < ?2),
  group_concat(min(end_key, ?2) - max(started_at, ?1)) FILTER (WHERE started_at < ?2)`;

/** Reads numbers over many sessions. */
export function metricsReads(connection: Connection) {
  // The index also holds the end; the rest is looked up in the rows, once for everything.
  const within = connection.prepare(`
    SELECT count(*), ifnull(sum(active), 0), ifnull(sum(admin_assisted), 0), ifnull(sum(total_tokens), 0),
      ifnull(sum(response_count), 0), ifnull(sum(response_total_ms), 0), ifnull(max(response_max_ms), 0), ${spans}
    FROM session INDEXED BY session_start WHERE started_at >= ?1 AND started_at <= ?3`);
  const reachingIn = (index: string) =>
    connection.prepare(`SELECT ${spans} FROM session INDEXED BY ${index} WHERE started_at < ?1 AND end_key > ?1`);
  const byStart = reachingIn('session_start');
  const byEnd = reachingIn('session_end');
  const oldest = connection.prepare('SELECT min(started_at) FROM session');

  return {
    metrics(from: number, until: number, now: number): SessionMetrics {
      const to = Math.min(until, now);
      const row = within.row(from, to, until) ?? [];
      const [count, active, assisted, tokens, responses, totalMs, maxMs] = row.slice(0, 7).map(Number);
      const first = Number(oldest.row()?.[0] ?? from);
      // What started before the window and reaches into it is found from whichever end of time is nearer.
      const before = from - first < now - from ? byStart : byEnd;
      const lists = from < to ? [row.slice(7), before.row(from, to) ?? []] : [];
      const starts = numbersOf(lists, 0);
      const ends = numbersOf(lists, 1);
      let overlapMs = 0;
      for (let at = 0; at < ends.length; at += 1) {
        overlapMs += ends[at] ?? 0;
        ends[at] = (ends[at] ?? 0) + (starts[at] ?? 0);
      }
      return {
        totalSessions: count ?? 0,
        activeSessions: active ?? 0,
        adminAssisted: assisted ?? 0,
        totalTokens: tokens ?? 0,
        responseCount: responses ?? 0,
        responseTotalMs: totalMs ?? 0,
        responseMaxMs: maxMs ?? 0,
        averageConcurrent: from < to ? overlapMs / (to - from) : 0,
        maxConcurrent: greatestOverlap(starts, ends),
      };
    },
  };
}

/** The lists of one column behind one another. */
function numbersOf(rows: readonly Row[], column: number): Float64Array {
  const lists = rows.map((row) => JSON.parse(`[${row[column] ?? ''}]`) as number[]);
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const list of lists) {
    all.set(list, filled);
    filled += list.length;
  }
  return all;
}
