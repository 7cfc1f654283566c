// Station: test/helpers. What lists and metrics must say, worked out the slow and obvious way. Called by the store's contract.
import type { Session, SessionMetrics, SessionQuery } from '../../src/server/ports/store.js';

type Window = { readonly from: number; readonly to: number; readonly now: number };

function sortValue(session: Session, query: SessionQuery): number | string {
  const { projection, startedAt, userId } = session;
  switch (query.sortBy) {
    case 'start_time':
      return startedAt;
    case 'end_time':
      return projection.endedAt ?? Number.POSITIVE_INFINITY;
    case 'message_count':
      return projection.messageCount;
    case 'total_tokens':
      return projection.totalTokens;
    case 'user_id':
      return userId;
    case 'duration':
      return (projection.endedAt ?? query.now) - startedAt;
    case 'last_activity':
      return projection.lastActivityAt;
  }
}

function matches({ id, userId, startedAt, projection }: Session, query: SessionQuery): boolean {
  return (
    (query.idPrefix === undefined || id.startsWith(query.idPrefix)) &&
    (query.userId === undefined || query.userId === userId) &&
    (query.status === undefined || (query.status === 'active') === (projection.endedAt === null)) &&
    (query.adminAssisted === undefined || query.adminAssisted === projection.adminAssisted) &&
    (query.helpRequested === undefined || query.helpRequested === projection.helpRequested) &&
    (query.startedFrom === undefined || startedAt >= query.startedFrom) &&
    (query.startedTo === undefined || startedAt <= query.startedTo)
  );
}

function compare(left: number | string, right: number | string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Ids of all sessions that a query lists, in order, without its limit and offset. */
export function listedIds(sessions: readonly Session[], query: SessionQuery): string[] {
  const sign = query.sortOrder === 'asc' ? 1 : -1;
  return sessions
    .filter((session) => matches(session, query))
    .sort((a, b) => sign * (compare(sortValue(a, query), sortValue(b, query)) || compare(a.id, b.id)))
    .map(({ id }) => id);
}

/** The numbers of a window, each from its definition. */
export function countedMetrics(sessions: readonly Session[], { from, to: until, now }: Window): SessionMetrics {
  const to = Math.min(until, now);
  const started = sessions.filter(({ startedAt }) => startedAt >= from && startedAt <= until).map((s) => s.projection);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const spans = sessions
    .map(({ startedAt, projection }) => ({
      start: Math.max(startedAt, from),
      end: Math.min(projection.endedAt ?? now, to),
    }))
    .filter(({ start, end }) => start < end);
  const beside = (at: number) => spans.filter(({ start, end }) => start <= at && at < end).length;
  return {
    totalSessions: started.length,
    activeSessions: started.filter(({ endedAt }) => endedAt === null).length,
    adminAssisted: started.filter(({ adminAssisted }) => adminAssisted).length,
    totalTokens: sum(started.map(({ totalTokens }) => totalTokens)),
    responseCount: sum(started.map(({ responseCount }) => responseCount)),
    responseTotalMs: sum(started.map(({ responseTotalMs }) => responseTotalMs)),
    responseMaxMs: Math.max(0, ...started.map(({ responseMaxMs }) => responseMaxMs)),
    averageConcurrent: from < to ? sum(spans.map(({ start, end }) => end - start)) / (to - from) : 0,
    maxConcurrent: Math.max(0, ...spans.map(({ start }) => beside(start))),
  };
}
