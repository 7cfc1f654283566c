// Station: config. Rules that join several settings, as a table. Called by load once each setting alone is right.
import type { Notice, Problem } from './problem.js';
import type { Config } from './schema.js';

/** Time within the shutdown for closing sockets, bus, providers and store after the last answer. */
export const closingMs = 5_000;

/** What a check sees: the configuration, and under which name and source a setting was given. */
export interface CheckContext {
  readonly config: Config;
  /** The source to blame for a setting: where it was given, else its first environment name. */
  readonly blame: (fileKey: string) => string;
  /** Whether somebody gave it, so that it is no default. */
  readonly isGiven: (fileKey: string) => boolean;
}

type Check = (context: CheckContext) => Problem | null;

const tryIt = 'to try it without: `chatbox serve --dev`';

/** Rules whose breach stops the start. */
export const checks: readonly Check[] = [
  ({ config: { auth }, blame }) =>
    auth.jwtSecret !== null && auth.jwksUrl !== null
      ? {
          source: blame('auth.jwksUrl'),
          message: 'is given beside JWT_SECRET: tokens are verified by one of them, not by both',
          fix: 'keep JWT_SECRET where this service issues the tokens, JWKS_URL where another one does',
        }
      : null,
  ({ config: { mode, auth }, blame }) =>
    mode === 'production' && auth.jwtSecret === null && auth.jwksUrl === null
      ? {
          source: blame('auth.jwtSecret'),
          message: 'nothing verifies tokens: neither JWT_SECRET nor JWKS_URL is given',
          fix: `set JWT_SECRET to at least 32 random bytes, or JWKS_URL; ${tryIt}`,
        }
      : null,
  ({ config: { store }, blame }) =>
    store.kind === 'sqlite' && store.dataDir === null
      ? {
          source: blame('store.dataDir'),
          message: 'there is no place to store anything: neither DATA_DIR nor MONGO_URI is given',
          fix: `set DATA_DIR to a folder that lasts, or MONGO_URI; ${tryIt}`,
        }
      : null,
  ({ config: { store }, blame }) =>
    store.kind === 'mongodb' && store.mongoUri === null
      ? { source: blame('store.kind'), message: 'is mongodb, but MONGO_URI is not given', fix: 'set MONGO_URI' }
      : null,
  ({ config: { shutdown }, blame }) => {
    const needed = shutdown.drainDelayMs + shutdown.turnGraceMs + closingMs;
    return needed > shutdown.timeoutMs
      ? {
          source: blame('shutdown.timeout'),
          message: `the shutdown does not fit: drain delay ${shutdown.drainDelayMs} ms + turn grace ${shutdown.turnGraceMs} ms + ${closingMs} ms to close = ${needed} ms, allowed are ${shutdown.timeoutMs} ms`,
          fix: 'raise SHUTDOWN_TIMEOUT, or lower DRAIN_DELAY or TURN_GRACE',
        }
      : null;
  },
  ({ config: { http }, blame }) =>
    http.headersTimeoutMs > http.requestTimeoutMs
      ? {
          source: blame('http.headersTimeout'),
          message: 'must not be longer than REQUEST_TIMEOUT, of which it is a part',
          fix: 'lower HEADERS_TIMEOUT or raise REQUEST_TIMEOUT',
        }
      : null,
  ({ config: { http, ops }, blame }) =>
    ops.port !== null && ops.port !== 0 && ops.port === http.port
      ? { source: blame('ops.port'), message: 'is the same port as SERVER_PORT', fix: 'choose another, or off' }
      : null,
  ({ config: { chat }, blame }) =>
    chat.checkpointIntervalMs * 3 > chat.turnLeaseMs
      ? {
          source: blame('chat.turnLease'),
          message: 'must be at least three times CHECKPOINT_INTERVAL: each checkpoint renews it',
          fix: 'raise TURN_LEASE or lower CHECKPOINT_INTERVAL',
        }
      : null,
  ({ config: { chat, sockets }, blame }) =>
    sockets.outboxBytes < chat.maxAnswerBytes * 2
      ? {
          source: blame('sockets.outboxBytes'),
          message: 'must hold at least twice MAX_ANSWER, else nobody could resume a long answer',
          fix: 'raise OUTBOX or lower MAX_ANSWER',
        }
      : null,
];

type Remark = (context: CheckContext) => Notice | null;

/** What is allowed and should not pass in silence. */
export const remarks: readonly Remark[] = [
  ({ config: { mode, sockets }, blame }) =>
    mode === 'production' && sockets.allowedOrigins.length === 0
      ? {
          source: blame('sockets.allowedOrigins'),
          message: 'is not set: a web page of any origin may open a WebSocket, if it has a token',
        }
      : null,
  ({ config: { store }, blame }) =>
    store.kind === 'sqlite' && store.mongoUri !== null
      ? { source: blame('store.mongoUri'), message: 'has no effect: STORE is sqlite' }
      : null,
  ({ config: { store }, blame, isGiven }) =>
    store.kind === 'mongodb' && isGiven('store.sqliteMaxPages')
      ? { source: blame('store.sqliteMaxPages'), message: 'has no effect: the store is mongodb' }
      : null,
  ({ config: { mode, llm } }) =>
    mode === 'production' && llm.providers.length > 0 && llm.providers.every(({ type }) => type === 'echo')
      ? { source: 'LLM_PROVIDER_1_TYPE', message: 'is echo: users get their own words back, no model is asked' }
      : null,
  ({ config: { llm } }) => {
    const open = llm.providers.find(
      ({ endpoint, apiKey }) => apiKey !== null && endpoint !== null && isOpenHttp(endpoint),
    );
    return open === undefined
      ? null
      : {
          source: `provider ${open.id}`,
          message: 'has an http:// endpoint on another host: its key crosses the network in the clear',
        };
  },
];

function isOpenHttp(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === 'http:' && hostname !== 'localhost' && hostname !== '[::1]' && !hostname.startsWith('127.');
}
