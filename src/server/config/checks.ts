// Station: config. Rules that join several settings, as a table. Called by load.
import type { Notice, Problem } from './problem.js';
import type { Config } from './schema.js';

/** Time within the shutdown for closing sockets, bus, providers and store after the last answer. */
const closingMs = 5_000;

/** What a rule sees: the configuration, and under which name and source a setting was given. */
export interface CheckContext {
  readonly config: Config;
  /** The source to blame for a setting: where it was given, else its first environment name. */
  readonly blame: (fileKey: string) => string;
  /** Whether somebody gave it, so that it is no default. */
  readonly isGiven: (fileKey: string) => boolean;
  /** Whether its value was refused, so that what the configuration says of it is only the default. */
  readonly isRefused: (fileKey: string) => boolean;
}

interface Rule {
  /** The settings that it joins; the first is the one to blame. Where one was refused, the rule has nothing true to say. */
  readonly of: readonly [string, ...string[]];
  readonly isBroken: (config: Config, context: CheckContext) => boolean;
  readonly message: (config: Config) => string;
}

/** A rule whose breach stops the start. */
interface Check extends Rule {
  readonly fix: string;
}

const tryIt = 'to try it without: `chatbox serve --dev`';

function shutdownNeedMs({ shutdown }: Config): number {
  return shutdown.drainDelayMs + shutdown.turnGraceMs + closingMs;
}

const checks: readonly Check[] = [
  {
    of: ['auth.jwksUrl', 'auth.jwtSecret', 'auth.jwtKeys'],
    isBroken: ({ auth }) => auth.jwksUrl !== null && (auth.jwtSecret !== null || auth.jwtKeys !== null),
    message: ({ auth }) =>
      `is given beside ${auth.jwtSecret === null ? 'JWT_KEYS' : 'JWT_SECRET'}: tokens are verified by one of them, not by both`,
    fix: 'keep JWT_SECRET or JWT_KEYS where this service issues the tokens, JWKS_URL where another one does',
  },
  {
    of: ['auth.jwtSecret', 'auth.jwtKeys', 'auth.jwksUrl'],
    isBroken: ({ mode, auth }) =>
      mode === 'production' && auth.jwtSecret === null && auth.jwtKeys === null && auth.jwksUrl === null,
    message: () => 'nothing verifies tokens: none of JWT_SECRET, JWT_KEYS and JWKS_URL is given',
    fix: `set JWT_SECRET to at least 32 random bytes, or JWKS_URL; ${tryIt}`,
  },
  {
    of: ['store.dataDir', 'store.kind', 'store.mongoUri'],
    isBroken: ({ store }) => store.kind === 'sqlite' && store.dataDir === null,
    message: () => 'there is no place to store anything: neither DATA_DIR nor MONGO_URI is given',
    fix: `set DATA_DIR to a folder that lasts, or MONGO_URI; ${tryIt}`,
  },
  {
    of: ['store.kind', 'store.mongoUri'],
    isBroken: ({ store }) => store.kind === 'mongodb' && store.mongoUri === null,
    message: () => 'is mongodb, but MONGO_URI is not given',
    fix: 'set MONGO_URI',
  },
  {
    of: ['encryption.keys', 'encryption.mode', 'encryption.legacyKey'],
    isBroken: ({ mode, encryption }) =>
      encryption.keys === null &&
      encryption.legacyKey === null &&
      (encryption.mode === 'on' || (mode === 'production' && encryption.mode === null)),
    message: ({ encryption }) =>
      encryption.mode === 'on'
        ? 'is not given, but ENCRYPTION is on'
        : 'is not given: what people say would be stored in the clear',
    fix: 'set ENCRYPTION_KEYS to id:base64 of 32 random bytes, or say ENCRYPTION=off',
  },
  {
    of: ['shutdown.timeout', 'shutdown.drainDelay', 'shutdown.turnGrace'],
    isBroken: (config) => shutdownNeedMs(config) > config.shutdown.timeoutMs,
    message: (config) => {
      const { drainDelayMs, turnGraceMs, timeoutMs } = config.shutdown;
      const sum = `drain delay ${drainDelayMs} ms + turn grace ${turnGraceMs} ms + ${closingMs} ms to close`;
      return `the shutdown does not fit: ${sum} = ${shutdownNeedMs(config)} ms, allowed are ${timeoutMs} ms`;
    },
    fix: 'raise SHUTDOWN_TIMEOUT, or lower DRAIN_DELAY or TURN_GRACE',
  },
  {
    of: ['http.headersTimeout', 'http.requestTimeout'],
    isBroken: ({ http }) => http.headersTimeoutMs > http.requestTimeoutMs,
    message: () => 'must not be longer than REQUEST_TIMEOUT, of which it is a part',
    fix: 'lower HEADERS_TIMEOUT or raise REQUEST_TIMEOUT',
  },
  {
    of: ['ops.port', 'http.port'],
    isBroken: ({ http, ops }) => ops.port !== 0 && ops.port === http.port,
    message: () => 'is the same port as SERVER_PORT',
    fix: 'choose another, or off',
  },
  {
    of: ['chat.turnLease', 'chat.checkpointInterval'],
    isBroken: ({ chat }) => chat.checkpointIntervalMs * 3 > chat.turnLeaseMs,
    message: () => 'must be at least three times CHECKPOINT_INTERVAL: each checkpoint renews it',
    fix: 'raise TURN_LEASE or lower CHECKPOINT_INTERVAL',
  },
  {
    of: ['sockets.outboxBytes', 'chat.maxAnswerBytes'],
    isBroken: ({ chat, sockets }) => sockets.outboxBytes < chat.maxAnswerBytes * 2,
    message: () => 'must hold at least twice MAX_ANSWER, else nobody could resume a long answer',
    fix: 'raise OUTBOX or lower MAX_ANSWER',
  },
];

/** What is allowed and should not pass in silence. */
const remarks: readonly Rule[] = [
  {
    of: ['sockets.allowedOrigins'],
    isBroken: ({ mode, sockets }) => mode === 'production' && sockets.allowedOrigins.length === 0,
    message: () => 'is not set: a web page of any origin may open a WebSocket, if it has a token',
  },
  {
    of: ['encryption.mode', 'encryption.keys', 'encryption.legacyKey'],
    isBroken: ({ mode, encryption }) => mode === 'production' && encryption.mode === 'off',
    message: () => 'is off: what people say is stored in the clear',
  },
  {
    of: ['store.mongoUri', 'store.kind'],
    isBroken: ({ store }) => store.kind === 'sqlite' && store.mongoUri !== null,
    message: () => 'has no effect: STORE is sqlite',
  },
  {
    of: ['store.sqliteMaxPages', 'store.kind', 'store.mongoUri'],
    isBroken: ({ store }, { isGiven }) => store.kind === 'mongodb' && isGiven('store.sqliteMaxPages'),
    message: () => 'has no effect: the store is mongodb',
  },
  {
    of: ['LLM_PROVIDER_1_TYPE'],
    isBroken: ({ mode, llm: { providers } }) =>
      mode === 'production' && providers.length > 0 && providers.every(({ type }) => type === 'echo'),
    message: () => 'is echo: users get their own words back, no model is asked',
  },
  {
    of: ['LLM_PROVIDER_<n>_ENDPOINT'],
    isBroken: (config) => openEndpoint(config) !== null,
    message: (config) =>
      `of ${openEndpoint(config)} is http:// on another host: the key crosses the network in the clear`,
  },
];

/** The id of a provider whose key would be sent where others can read it. */
function openEndpoint({ llm }: Config): string | null {
  const open = llm.providers.find(
    ({ endpoint, apiKey }) => apiKey !== null && endpoint !== null && isOpenHttp(endpoint),
  );
  return open?.id ?? null;
}

function isOpenHttp(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === 'http:' && hostname !== 'localhost' && hostname !== '[::1]' && !hostname.startsWith('127.');
}

function broken<R extends Rule>(rules: readonly R[], context: CheckContext): readonly R[] {
  return rules.filter(({ of, isBroken }) => !of.some(context.isRefused) && isBroken(context.config, context));
}

/** What keeps the configuration from being started. */
export function findProblems(context: CheckContext): readonly Problem[] {
  return broken(checks, context).map(({ of: [key], message, fix }) => ({
    source: context.blame(key),
    message: message(context.config),
    fix,
  }));
}

/** What is worth saying about a configuration that may be started. */
export function findNotices(context: CheckContext): readonly Notice[] {
  return broken(remarks, context).map(({ of: [key], message }) => ({
    source: context.blame(key),
    message: message(context.config),
  }));
}
