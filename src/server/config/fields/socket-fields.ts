// Station: config/fields. The WebSocket door: who may connect, how many, and when a socket is given up. Read by schema.
import { setting } from '../field.js';
import { origin } from '../network-parsers.js';
import { byteSize, duration, flag, listOf, wholeNumber } from '../parsers.js';

/** Settings of the WebSocket door. */
export const socketFields = {
  allowedOrigins: setting(listOf(origin, 100), [], {
    env: ['ALLOWED_ORIGINS'],
    doc: 'Web origins that may open a WebSocket; none lets every origin in (its token decides).',
  }),
  maxPerUser: setting(wholeNumber(1, 1_000), 10, {
    env: ['MAX_CONNECTIONS_PER_USER'],
    doc: 'Open sockets of one user.',
  }),
  maxPerAddress: setting(wholeNumber(1, 100_000), 100, {
    env: ['MAX_CONNECTIONS_PER_ADDRESS'],
    doc: 'Open sockets of one client address.',
  }),
  maxTotal: setting(wholeNumber(1, 1_000_000), 20_000, {
    env: ['MAX_CONNECTIONS'],
    doc: 'Open sockets of this server in all.',
  }),
  tokenInQuery: setting(flag, true, {
    env: ['TOKEN_IN_QUERY'],
    doc: 'Whether /ws takes its token from ?token=. It is never logged here, but a proxy in front may.',
  }),
  preAuthDeadlineMs: setting(duration(100, 60_000), 10_000, {
    env: ['PRE_AUTH_DEADLINE'],
    doc: 'How long an upgrade may take from its first byte to an accepted token.',
  }),
  pingIntervalMs: setting(duration(1_000, 300_000), 25_000, {
    env: ['PING_INTERVAL'],
    doc: 'Time between pings to each socket.',
  }),
  pongTimeoutMs: setting(duration(500, 300_000), 9_000, {
    env: ['PONG_TIMEOUT'],
    doc: 'How long a socket may take to answer a ping before it is dropped.',
  }),
  maxFrameBytes: setting(byteSize(1_024, 16_777_216), 1_048_576, {
    env: ['MAX_FRAME'],
    doc: 'Largest frame from a client; a larger one closes the socket with 1009.',
  }),
  outboxBytes: setting(byteSize(16_384, 67_108_864), 1_048_576, {
    env: ['OUTBOX'],
    doc: 'What may wait for a slow reader; over it the socket is closed with 4408.',
  }),
  inboxFrames: setting(wholeNumber(1, 1_000), 32, {
    env: ['INBOX_FRAMES'],
    doc: 'Frames of one socket in work at once; over it the socket is paused.',
  }),
  tokenWarningMs: setting(duration(0, 3_600_000), 60_000, {
    env: ['TOKEN_WARNING'],
    doc: 'How long before its token expires a socket is warned.',
  }),
} as const;
