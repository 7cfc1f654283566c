// Station: protocol. Routes for users: their own sessions. Called by the table of all routes.
import { z } from 'zod';
import type { RouteContract } from './http-route.js';
import { historySchema, ownSessionsSchema, sessionMetaSchema, sharedSchema } from './http-session.js';
import { answerText, optionalValue, pageCursor, pageLimit, pathText, seqValue } from './http-values.js';
import { limits } from './limits.js';
import { optionalText, requiredText } from './text.js';

const byId = z.object({ id: pathText(limits.sessionId) });

/** Which page of a conversation. */
export const historyQuery = z.object({
  before: optionalValue(seqValue).meta({ description: 'only messages with a smaller seq' }),
  limit: pageLimit(limits.historyMessages, limits.historyMessages),
});

const statusOf = <const T extends string>(status: T) => z.strictObject({ status: z.literal(status) });

/** The answer to ending a session. */
export const endedSchema = statusOf('ended');

/** Routes for users. */
export const userRoutes = {
  listOwnSessions: {
    method: 'GET',
    path: '/sessions',
    who: 'user',
    summary: 'Your sessions, newest activity first.',
    query: z.object({ limit: pageLimit(limits.sessionPage, limits.sessionPage), cursor: pageCursor }),
    status: 200,
    answer: ownSessionsSchema,
    refusals: [],
  },
  createSession: {
    method: 'POST',
    path: '/sessions',
    who: 'user',
    summary: 'Makes a session. Without a name its first sentence becomes one.',
    body: z.object({ name: optionalText(limits.sessionName) }).optional(),
    status: 201,
    answer: sessionMetaSchema,
    refusals: [413, 415],
  },
  readSession: {
    method: 'GET',
    path: '/sessions/:id',
    who: 'user',
    summary: "A conversation. Someone else's session is not found, except by an admin.",
    params: byId,
    query: historyQuery,
    status: 200,
    answer: historySchema,
    refusals: [404],
  },
  renameSession: {
    method: 'PATCH',
    path: '/sessions/:id',
    who: 'user',
    summary: 'Renames a session.',
    params: byId,
    body: z.object({ name: requiredText(limits.sessionName) }),
    status: 200,
    answer: sessionMetaSchema,
    refusals: [404, 413, 415],
  },
  deleteSession: {
    method: 'DELETE',
    path: '/sessions/:id',
    who: 'user',
    summary: 'Deletes a session with its messages.',
    params: byId,
    status: 200,
    answer: statusOf('deleted'),
    refusals: [404],
  },
  endSession: {
    method: 'POST',
    path: '/sessions/:id/end',
    who: 'user',
    summary: 'Ends a session; again changes nothing.',
    params: byId,
    status: 200,
    answer: endedSchema,
    refusals: [404],
  },
  shareSession: {
    method: 'POST',
    path: '/sessions/:id/share',
    who: 'user',
    summary: 'Lets whoever knows the token read the conversation; again gives the same token.',
    params: byId,
    status: 200,
    answer: z.strictObject({ share_token: answerText(limits.shareToken) }),
    refusals: [404],
  },
  unshareSession: {
    method: 'DELETE',
    path: '/sessions/:id/share',
    who: 'user',
    summary: 'Takes the share token back.',
    params: byId,
    status: 200,
    answer: statusOf('revoked'),
    refusals: [404],
  },
  readShared: {
    method: 'GET',
    path: '/shared/:token',
    who: 'anyone',
    summary: 'A shared conversation: its newest 1,000 messages.',
    params: z.object({ token: pathText(limits.shareToken) }),
    status: 200,
    answer: sharedSchema,
    refusals: [400, 404],
  },
} as const satisfies Record<string, RouteContract>;
