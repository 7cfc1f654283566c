// Station: protocol. Routes for machines: health, readiness, metrics, the contract itself, and the socket's door. Called by the table of all routes.
import { z } from 'zod';
import type { RouteContract } from './http-route.js';
import { answerText, answerTime, optionalValue } from './http-values.js';
import { limits } from './limits.js';
import { probePaths } from './probe-paths.js';
import { boundedText } from './text.js';

/** What a server depends on. */
export const dependencies = ['sqlite', 'mongodb', 'llm', 'redis'] as const;

/** Something that a server depends on. */
export type Dependency = (typeof dependencies)[number];

const healthSchema = z.strictObject({ status: z.literal('healthy'), timestamp: answerTime });

const checkSchema = z.strictObject({
  status: z.enum(['ready', 'not ready']),
  reason: answerText(limits.errorMessage).optional(),
});

/** Answer of the readiness probe, with 200 or 503. */
export const readinessSchema = z.strictObject({
  status: z.enum(['ready', 'not ready']),
  timestamp: answerTime,
  checks: z.partialRecord(z.enum(dependencies), checkSchema),
});

/** Answer of the readiness probe. */
export type ReadinessReport = z.output<typeof readinessSchema>;

/** Routes for machines. */
export const probeRoutes = {
  readHealth: {
    method: 'GET',
    path: probePaths.health,
    who: 'probe',
    summary: 'Whether the process answers at all.',
    status: 200,
    answer: healthSchema,
    refusals: [],
  },
  readReadiness: {
    method: 'GET',
    path: probePaths.readiness,
    who: 'probe',
    summary:
      'Whether to send traffic here: 200 once started and until it drains. The checks say how its dependencies are.',
    status: 200,
    answer: readinessSchema,
    refusals: [503],
  },
  readPrometheus: {
    method: 'GET',
    path: probePaths.metrics,
    who: 'network',
    summary: 'Metrics in the Prometheus text format, for allowed networks.',
    status: 200,
    media: ['text/plain'],
    refusals: [],
  },
  readContract: {
    method: 'GET',
    path: '/openapi.json',
    who: 'anyone',
    summary: 'This contract, as OpenAPI 3.1; it carries the JSON Schemas of the WebSocket frames too.',
    status: 200,
    answer: z.looseObject({ openapi: z.literal('3.1.0') }),
    refusals: [],
  },
  upgradeSocket: {
    method: 'GET',
    path: '/ws',
    who: 'socket',
    summary:
      'The WebSocket (subprotocol chatbox.v1). Asked without upgrade headers it says why an upgrade would be refused, and 400 where it would not.',
    query: z.object({
      token: optionalValue(boundedText(limits.token)).meta({
        description: 'the token, where no header can be set; can be switched off',
      }),
      session_id: optionalValue(boundedText(limits.sessionId)),
      new: optionalValue(boundedText(8)).meta({ description: '1 starts another session' }),
      last_seq: optionalValue(boundedText(16)).meta({
        description: 'the last seq that the client has: what came after it is sent again',
      }),
      turn_id: optionalValue(boundedText(limits.turnId)).meta({
        description: 'an answer of which the client has a part',
      }),
      index: optionalValue(boundedText(16)).meta({ description: 'UTF-16 units of that answer that the client has' }),
    }),
    status: 101,
    media: [],
    refusals: [400, 401, 403, 429, 503],
  },
} as const satisfies Record<string, RouteContract>;
