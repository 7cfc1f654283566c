// Station: config/fields. Tokens and rates: who is let in, and how often. Read by schema.
import { optional, setting } from '../field.js';
import { generateJwtKeys, jwtKeys } from '../jwt-keys.js';
import { generateJwtSecret, jwtSecret } from '../jwt-secret.js';
import { httpUrl } from '../network-parsers.js';
import { duration, instant, text, wholeNumber } from '../parsers.js';

/** Settings of token verification. */
export const authFields = {
  jwtSecret: optional(jwtSecret, {
    env: ['JWT_SECRET'],
    secret: true,
    needed: 'this, JWT_KEYS or JWKS_URL',
    generate: generateJwtSecret,
    doc: 'Key that signs and verifies tokens (HS256), at least 32 bytes. `chatbox serve --dev` makes one.',
  }),
  jwtKeys: optional(jwtKeys, {
    env: ['JWT_KEYS'],
    secret: true,
    generate: generateJwtKeys,
    doc: 'Keys of tokens (HS256) while one replaces another: id:base64 with commas between. The first signs, all verify.',
  }),
  jwksUrl: optional(httpUrl, {
    env: ['JWKS_URL'],
    doc: 'Where the public keys of RS256 and ES256 tokens are.',
  }),
  jwtIssuer: optional(text(500), { env: ['JWT_ISSUER'], doc: 'Demanded `iss` of every token.' }),
  jwtAudience: optional(text(500), { env: ['JWT_AUDIENCE'], doc: 'Demanded `aud` of every token.' }),
  tokensValidAfterMs: optional(instant, {
    env: ['TOKENS_VALID_AFTER'],
    doc: 'Refuses every token that was issued before this time (RFC 3339, or seconds since 1970).',
  }),
  clockToleranceMs: setting(duration(0, 300_000), 30_000, {
    env: ['CLOCK_TOLERANCE'],
    doc: 'How far the clock of who issues tokens may be ahead, for `iat` and `nbf`; `exp` has no tolerance.',
  }),
} as const;

/** Requests and messages a minute. */
export const limitFields = {
  userMessagesPerMinute: setting(wholeNumber(1, 1_000_000), 100, {
    env: ['RATE_LIMIT'],
    doc: 'Messages of one user a minute.',
  }),
  userRequestsPerMinute: setting(wholeNumber(1, 1_000_000), 300, {
    env: ['USER_RATE_LIMIT'],
    doc: 'HTTP requests of one user a minute.',
  }),
  adminRequestsPerMinute: setting(wholeNumber(1, 1_000_000), 20, {
    env: ['ADMIN_RATE_LIMIT'],
    doc: 'Requests of one admin a minute that change something: takeover, release, end.',
  }),
  adminReadsPerMinute: setting(wholeNumber(1, 1_000_000), 300, {
    env: ['ADMIN_READ_LIMIT'],
    doc: 'Requests of one admin a minute that read: lists, histories, live numbers. `chatbox top` makes 60, the list of `chatbox takeover` 20, or 40 where more than 500 sessions are active.',
  }),
  publicRequestsPerMinute: setting(wholeNumber(1, 1_000_000), 60, {
    env: ['PUBLIC_RATE_LIMIT'],
    doc: 'Requests of one address without a token a minute (shared sessions, probes).',
  }),
} as const;
