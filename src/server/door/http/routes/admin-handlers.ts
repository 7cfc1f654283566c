// Station: door/http/routes. What the routes for admins do. Called by the HTTP door, which checked that an admin asks.

import type { httpRoutes } from '../../../../protocol/http.js';
import { type adminRoutes, windowOf } from '../../../../protocol/http-admin.js';
import type { QueryOf } from '../../../../protocol/http-route.js';
import { sessionSorts } from '../../../../protocol/session-sorts.js';
import type { User } from '../../../ports/participant.js';
import type { SessionMetrics, SessionQuery } from '../../../ports/store.js';
import { exportSession } from '../export-session.js';
import type { Handlers } from '../handler.js';
import { badRequest } from '../http-error.js';
import { historyView, sessionMeta, timeText, wholeAverage } from '../session-view.js';
import type { HttpDoorDeps } from '../settings.js';

type ListQuery = QueryOf<typeof httpRoutes.listUserSessions>;

/** Without a window, metrics look back this far. */
const defaultWindowMs = 86_400_000;

/** Handlers of the routes for admins. */
export function adminHandlers({
  chat,
  clock,
}: Pick<HttpDoorDeps, 'chat' | 'clock'>): Handlers<keyof typeof adminRoutes> {
  const list = async (user: User, query: ListQuery, userId: string | undefined) => {
    const nowMs = clock.now();
    const page = await chat.list(storeQuery(query, userId, nowMs));
    return {
      sessions: page.sessions.map((session) => sessionMeta(session, user, nowMs)),
      count: page.sessions.length,
      limit: query.limit,
      offset: query.offset,
      next_cursor: page.next,
    };
  };
  return {
    listSessions: ({ user, query }) => list(user, query, query.user_id),
    listUserSessions: ({ user, params, query }) => list(user, query, params.id),
    async readSessionAsAdmin({ user, params, query: { before, limit } }) {
      return historyView(await chat.history(user, params.id, { limit, ...(before === undefined ? {} : { before }) }));
    },
    async endSessionAsAdmin({ user, params }) {
      await chat.end(user, params.id);
      return { status: 'ended' };
    },
    async takeOver({ user, params, query }) {
      await chat.takeOver(user, params.id, query.force === true);
      return {
        message: 'The session is yours. Join it with a socket to speak.',
        session_id: params.id,
        admin_id: user.id,
      };
    },
    async releaseSession({ user, params }) {
      await chat.release(user, params.id);
      return { message: 'The session is given back to the model.', session_id: params.id, admin_id: user.id };
    },
    exportSession: ({ user, params, query }) => exportSession(chat, user, params.id, query.format ?? 'jsonl'),
    readLive() {
      const { waitingForHelp, ...live } = chat.live();
      return { ...live, waiting_for_help: waitingForHelp, timestamp: timeText(clock.now()) };
    },
    async readMetrics({ query }) {
      const asked = windowOf(query);
      const to = asked.to ?? clock.now();
      const from = asked.from ?? to - defaultWindowMs;
      // The schema saw only what was given; the end that was left out is now.
      if (from > to)
        throw badRequest('start_time_from must not be after start_time_to, which is now where it is left out.');
      const ours = metricsView(await chat.metrics(from, to));
      return {
        metrics: {
          TotalSessions: ours.total_sessions,
          ActiveSessions: ours.active_sessions,
          TotalTokens: ours.total_tokens,
          AvgResponseTime: ours.avg_response_time,
          MaxResponseTime: ours.max_response_time,
          AdminAssistedCount: ours.admin_assisted_count,
          ...ours,
        },
        time_range: { start: timeText(from), end: timeText(to) },
        ...ours,
      };
    },
  };
}

function storeQuery(query: ListQuery, userId: string | undefined, nowMs: number): SessionQuery {
  const { from, to } = windowOf(query);
  return {
    ...(query.id_prefix === undefined ? {} : { idPrefix: query.id_prefix }),
    ...(userId === undefined ? {} : { userId }),
    ...(query.status === undefined ? {} : { status: query.status }),
    ...(query.admin_assisted === undefined ? {} : { adminAssisted: query.admin_assisted }),
    ...(query.help_requested === undefined ? {} : { helpRequested: query.help_requested }),
    ...(from === undefined ? {} : { startedFrom: from }),
    ...(to === undefined ? {} : { startedTo: to }),
    sortBy: query.sort_by ?? sessionSorts[0],
    sortOrder: query.sort_order ?? 'desc',
    limit: query.limit,
    ...(query.cursor === undefined ? { offset: query.offset } : { cursor: query.cursor }),
    now: nowMs,
  };
}

function metricsView(metrics: SessionMetrics) {
  return {
    active_sessions: metrics.activeSessions,
    total_sessions: metrics.totalSessions,
    admin_assisted_count: metrics.adminAssisted,
    total_tokens: metrics.totalTokens,
    avg_response_time: wholeAverage(metrics.responseTotalMs, metrics.responseCount),
    max_response_time: Math.round(metrics.responseMaxMs),
    avg_concurrent: metrics.averageConcurrent,
    max_concurrent: metrics.maxConcurrent,
  };
}
