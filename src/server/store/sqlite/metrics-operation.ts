// Station: store/sqlite. Exact numbers over a window of time (finding M2). Called by database on the thread of long reads.
import type { SessionMetrics } from '../../ports/store.js';
import { greatestOverlap } from '../overlap.js';
import type { Connection, Row } from './driver.js';

/** Reads numbers over many sessions. */
export function metricsReads(connection: Connection) {
  const totals = connection.prepare(`
    SELECT count(*), ifnull(sum(active), 0), ifnull(sum(admin_assisted), 0), ifnull(sum(total_tokens), 0),
      ifnull(sum(response_count), 0), ifnull(sum(response_total_ms), 0), ifnull(max(response_max_ms), 0)
    FROM session INDEXED BY session_start WHERE started_at >= ? AND started_at <= ?`);
  // As JSON, because one long text crosses from the driver in a third of the time of as many rows.
  const spans = (index: string, condition: string) =>
    connection.prepare(`
      SELECT json_group_array(max(started_at, ?1)), json_group_array(min(end_key, ?2))
      FROM session INDEXED BY ${index} WHERE ${condition}`);
  const within = spans('session_start', 'started_at >= ?1 AND started_at < ?2 AND end_key > ?1');
  const reachingIn = {
    byStart: spans('session_start', 'started_at < ?1 AND end_key > ?1'),
    byEnd: spans('session_end', 'end_key > ?1 AND started_at < ?1'),
  };
  const oldest = connection.prepare('SELECT min(started_at) FROM session');

  return {
    metrics(from: number, until: number, now: number): SessionMetrics {
      const to = Math.min(until, now);
      const [count, active, assisted, tokens, responses, totalMs, maxMs] = (totals.row(from, until) ?? []).map(Number);
      const first = Number(oldest.row()?.[0] ?? from);
      // What started before the window and reaches into it is found from whichever end of time is nearer.
      const before = from - first < now - from ? reachingIn.byStart : reachingIn.byEnd;
      const rows = from < to ? [within.row(from, to), before.row(from, to)] : [];
      const starts = numbersOf(rows, 0);
      const ends = numbersOf(rows, 1);
      let overlapMs = 0;
      for (let at = 0; at < starts.length; at += 1) overlapMs += (ends[at] ?? 0) - (starts[at] ?? 0);
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

function numbersOf(rows: readonly (Row | undefined)[], column: number): Float64Array {
  return Float64Array.from(rows.flatMap((row) => JSON.parse(String(row?.[column] ?? '[]')) as number[]));
}
