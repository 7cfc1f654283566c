// Station: protocol. Routes for admins: everyone's sessions, and the numbers over them. Called by the table of all routes.
import { z } from 'zod';
import type { RouteContract } from './http-route.js';
import { historySchema, sessionListSchema } from './http-session.js';
import { endedSchema, historyQuery } from './http-user.js';
import {
  answerCount,
  answerText,
  answerTime,
  choiceValue,
  flagValue,
  momentValue,
  optionalValue,
  pageCursor,
  pageLimit,
  pageOffset,
  pathText,
} from './http-values.js';
import { limits } from './limits.js';
import { sessionSorts } from './session-sorts.js';
import { boundedText } from './text.js';

const windowFields = {
  start_time_from: optionalValue(momentValue('from')),
  start_time_to: optionalValue(momentValue('to')),
  start_time: optionalValue(momentValue('from')).meta({ description: 'alias of start_time_from' }),
  end_time: optionalValue(momentValue('to')).meta({ description: 'alias of start_time_to' }),
};

interface WindowValues {
  readonly start_time_from?: number | undefined;
  readonly start_time_to?: number | undefined;
  readonly start_time?: number | undefined;
  readonly end_time?: number | undefined;
}

/** The two ends of a window, whichever of their names was used; the proper name wins over its alias. */
export function windowOf(values: WindowValues): { readonly from: number | undefined; readonly to: number | undefined } {
  return { from: values.start_time_from ?? values.start_time, to: values.start_time_to ?? values.end_time };
}

/** Finding R30: refused, not answered with nothing. */
function endsAfterItStarts(values: WindowValues): boolean {
  const { from, to } = windowOf(values);
  return from === undefined || to === undefined || from <= to;
}

const backwards = { error: 'must not be before start_time_from', path: ['start_time_to'] };

const listFields = {
  id_prefix: optionalValue(boundedText(limits.sessionId)).meta({ description: 'sessions whose id begins so' }),
  status: optionalValue(choiceValue(['active', 'ended'])),
  admin_assisted: optionalValue(flagValue),
  help_requested: optionalValue(flagValue),
  ...windowFields,
  sort_by: optionalValue(choiceValue(sessionSorts)).meta({ default: sessionSorts[0] }),
  sort_order: optionalValue(choiceValue(['desc', 'asc'])).meta({ default: 'desc' }),
  limit: pageLimit(limits.adminPage, 100),
  offset: pageOffset,
  cursor: pageCursor.meta({ description: 'next_cursor of the page before, with the same query; wins over offset' }),
};

const listQuery = z
  .object({ user_id: optionalValue(boundedText(limits.userId)), ...listFields })
  .refine(endsAfterItStarts, backwards);

const average = z.number().min(0);

const ours = {
  active_sessions: answerCount,
  total_sessions: answerCount,
  admin_assisted_count: answerCount,
  total_tokens: answerCount,
  avg_response_time: answerCount.meta({ description: 'milliseconds' }),
  max_response_time: answerCount.meta({ description: 'milliseconds' }),
  avg_concurrent: average.meta({ description: 'sessions that were active at once, on average over the window' }),
  max_concurrent: answerCount,
};

const metricsSchema = z.strictObject({
  metrics: z.strictObject({
    TotalSessions: answerCount,
    ActiveSessions: answerCount,
    TotalTokens: answerCount,
    AvgResponseTime: answerCount.meta({ description: 'milliseconds' }),
    MaxResponseTime: answerCount.meta({ description: 'milliseconds' }),
    AdminAssistedCount: answerCount,
    ...ours,
  }),
  time_range: z.strictObject({ start: answerTime, end: answerTime }),
  ...ours,
});

const takeoverSchema = z.strictObject({
  message: answerText(limits.errorMessage),
  session_id: answerText(limits.sessionId),
  admin_id: answerText(limits.userId),
});

const byId = z.object({ id: pathText(limits.sessionId) });

/** Routes for admins. */
export const adminRoutes = {
  listSessions: {
    method: 'GET',
    path: '/admin/sessions',
    who: 'admin',
    summary: 'Sessions of everyone.',
    query: listQuery,
    status: 200,
    answer: sessionListSchema,
    refusals: [],
  },
  listUserSessions: {
    method: 'GET',
    path: '/admin/users/:id/sessions',
    who: 'admin',
    summary: 'Sessions of one user.',
    params: z.object({ id: pathText(limits.userId) }),
    query: z.object(listFields).refine(endsAfterItStarts, backwards),
    status: 200,
    answer: sessionListSchema,
    refusals: [],
  },
  readSessionAsAdmin: {
    method: 'GET',
    path: '/admin/sessions/:id',
    who: 'admin',
    summary: "Anyone's conversation.",
    params: byId,
    query: historyQuery,
    status: 200,
    answer: historySchema,
    refusals: [404],
  },
  endSessionAsAdmin: {
    method: 'POST',
    path: '/admin/sessions/:id/end',
    who: 'admin',
    summary: "Ends anyone's session; again changes nothing.",
    params: byId,
    status: 200,
    answer: endedSchema,
    refusals: [404],
  },
  takeOver: {
    method: 'POST',
    path: '/admin/takeover/:id',
    who: 'admin',
    summary:
      "Takes anyone's session over: the model is silent. It lapses unless that admin's socket joins within ADMIN_JOIN_WITHIN.",
    params: byId,
    query: z.object({ force: optionalValue(flagValue).meta({ description: 'true takes it from another admin too' }) }),
    status: 200,
    answer: takeoverSchema,
    refusals: [404, 409],
  },
  releaseSession: {
    method: 'DELETE',
    path: '/admin/takeover/:id',
    who: 'admin',
    summary: 'Gives a session back that this admin holds; one that nobody holds stays as it is.',
    params: byId,
    status: 200,
    answer: takeoverSchema,
    refusals: [404, 409],
  },
  exportSession: {
    method: 'GET',
    path: '/admin/sessions/:id/export',
    who: 'admin',
    summary:
      'A whole conversation as a file. In CSV, cells that a spreadsheet would run as a formula begin with an apostrophe.',
    params: byId,
    query: z.object({ format: optionalValue(choiceValue(['jsonl', 'md', 'csv'])).meta({ default: 'jsonl' }) }),
    status: 200,
    media: ['application/x-ndjson', 'text/markdown', 'text/csv'],
    refusals: [404],
  },
  readLive: {
    method: 'GET',
    path: '/admin/live',
    who: 'admin',
    summary: 'What goes on at this moment on the server that answers.',
    status: 200,
    answer: z.strictObject({
      connections: answerCount,
      sessions: answerCount.meta({ description: 'sessions with at least one connection' }),
      answering: answerCount.meta({ description: 'answers being written' }),
      waiting_for_help: answerCount,
      tokens: answerCount.meta({ description: 'of all answers that ended since the server started, prompts included' }),
      timestamp: answerTime,
    }),
    refusals: [],
  },
  readMetrics: {
    method: 'GET',
    path: '/admin/metrics',
    who: 'admin',
    summary: 'Numbers over all sessions that started in a window; without one, in the last 24 hours.',
    query: z.object(windowFields).refine(endsAfterItStarts, backwards),
    status: 200,
    answer: metricsSchema,
    refusals: [],
  },
} as const satisfies Record<string, RouteContract>;
