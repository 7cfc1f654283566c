// Station: config/fields. The conversation, its store, and the end of the process. Read by schema.
import { optional, setting, settingByMode } from '../field.js';
import { byteSize, duration, flag, oneOf, secretText, text, wholeNumber } from '../parsers.js';

/** Settings of sessions and turns. */
export const chatFields = {
  systemPrompt: setting(text(32_000), 'You are a helpful assistant.', {
    env: ['SYSTEM_PROMPT'],
    emptyIsValue: true,
    doc: 'What the model is told before every conversation; empty for nothing.',
  }),
  sessionTimeoutMs: setting(duration(1_000, 2_592_000_000), 900_000, {
    env: ['SESSION_TIMEOUT', 'SESSION_TTL', 'RECONNECT_TIMEOUT'],
    doc: 'A session that nobody is attached to ends this long after its last activity.',
  }),
  sessionRetentionMs: optional(duration(60_000, 315_360_000_000), {
    env: ['SESSION_RETENTION'],
    doc: 'Ended sessions are removed, with their messages, so long after their last activity; not set: never.',
  }),
  historyTokens: setting(wholeNumber(256, 10_000_000), 8_000, {
    env: ['HISTORY_TOKENS'],
    doc: 'Tokens of conversation that the model is given; the oldest turns are left out first.',
  }),
  maxAnswerBytes: setting(byteSize(1_024, 262_144), 262_144, {
    env: ['MAX_ANSWER'],
    doc: 'Where an answer is cut off, marked as cut.',
  }),
  maxConcurrentTurns: setting(wholeNumber(1, 100_000), 1_000, {
    env: ['MAX_CONCURRENT_TURNS'],
    doc: 'Answers that this server asks for at once; more wait their turn.',
  }),
  turnLeaseMs: setting(duration(1_000, 600_000), 15_000, {
    env: ['TURN_LEASE'],
    doc: 'After how long without a sign of life another server may finish an answer.',
  }),
  checkpointIntervalMs: setting(duration(100, 60_000), 1_000, {
    env: ['CHECKPOINT_INTERVAL'],
    doc: 'How often a running answer is stored.',
  }),
  adminLeaseMs: setting(duration(1_000, 600_000), 30_000, {
    env: ['ADMIN_LEASE'],
    doc: 'How long an admin whose connection was lost still holds a session; the model is back a sixth of it later.',
  }),
  adminJoinMs: setting(duration(1_000, 3_600_000), 60_000, {
    env: ['ADMIN_JOIN_WITHIN'],
    doc: 'Within what time the socket of an admin has to join a session that was taken over HTTP.',
  }),
} as const;

/** Settings of the store. */
export const storeFields = {
  kind: optional(oneOf(['sqlite', 'mongodb']), {
    env: ['STORE'],
    doc: 'Which store: mongodb where MONGO_URI is set, else sqlite.',
  }),
  dataDir: settingByMode<string | null>(
    text(4_096),
    { dev: '.chatbox', production: null },
    {
      env: ['DATA_DIR'],
      flag: 'data-dir',
      needed: 'with the sqlite store',
      doc: 'Folder of the SQLite file; with --dev of the generated secret and tokens too.',
    },
  ),
  sqliteMaxPages: optional(wholeNumber(64, 4_294_967_294), {
    env: ['SQLITE_MAX_PAGES'],
    doc: 'Size limit of the SQLite file, in pages of 4 KiB.',
  }),
  mongoUri: optional(secretText(4_096), {
    env: ['MONGO_URI'],
    secret: true,
    doc: 'Connection string of MongoDB, with its credentials.',
  }),
  mongoDatabase: setting(text(63), 'chat', { env: ['MONGO_DATABASE'], doc: 'Name of the MongoDB database.' }),
  mongoPoolSize: setting(wholeNumber(1, 1_000), 50, {
    env: ['MONGO_POOL_SIZE'],
    doc: 'Connections to MongoDB that one server may open.',
  }),
  mongoStartTimeoutMs: setting(duration(1_000, 600_000), 10_000, {
    env: ['MONGO_START_TIMEOUT'],
    doc: 'How long a start waits for MongoDB before it fails.',
  }),
} as const;

/** Settings of readiness. */
export const readinessFields = {
  requiresStore: setting(flag, false, {
    env: ['READY_REQUIRES_STORE'],
    doc: 'Whether a store that cannot be reached makes the server not ready.',
  }),
} as const;

/** Settings of the shutdown; checks see to it that they fit into each other. */
export const shutdownFields = {
  drainDelayMs: settingByMode(
    duration(0, 600_000),
    { dev: 0, production: 5_000 },
    {
      env: ['DRAIN_DELAY'],
      doc: 'How long the server goes on while it reports not ready, so that load balancers notice.',
    },
  ),
  turnGraceMs: settingByMode(
    duration(0, 600_000),
    { dev: 2_000, production: 15_000 },
    { env: ['TURN_GRACE'], doc: 'How long running answers may go on before they are cut and stored as interrupted.' },
  ),
  timeoutMs: settingByMode(
    duration(1_000, 3_600_000),
    { dev: 10_000, production: 30_000 },
    { env: ['SHUTDOWN_TIMEOUT'], doc: 'How long the whole shutdown may take before the process exits with an error.' },
  ),
} as const;

/** Settings of the log. It is JSON, one object a line. */
export const logFields = {
  level: setting(oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info', {
    env: ['LOG_LEVEL'],
    flag: 'log-level',
    doc: 'Least severe level that is logged.',
  }),
} as const;
