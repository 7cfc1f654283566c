import { describe, expect, it } from 'vitest';
import { goodSecret, leastEnv, loadGood, problemsOf } from '../../helpers/config.js';

const withEnv = (env: Readonly<Record<string, string>>) => problemsOf({ env: { ...leastEnv, ...env } });
const noticesWith = async (env: Readonly<Record<string, string>>) =>
  (await loadGood({ env: { ...leastEnv, ...env } })).result.notices.map(
    ({ source, message }) => `${source}: ${message}`,
  );

describe('settings that do not fit together', () => {
  it('are refused: a shutdown that needs more than its time', async () => {
    expect(await withEnv({ SHUTDOWN_TIMEOUT: '10s' })).toEqual([
      'env SHUTDOWN_TIMEOUT: the shutdown does not fit: drain delay 5000 ms + turn grace 15000 ms + 5000 ms to close = 25000 ms, allowed are 10000 ms (raise SHUTDOWN_TIMEOUT, or lower DRAIN_DELAY or TURN_GRACE)',
    ]);
    expect(await withEnv({ SHUTDOWN_TIMEOUT: '25s' })).toEqual([]);
    expect(await withEnv({ TURN_GRACE: '25s' })).toHaveLength(1);
  });

  it('are refused: headers that may take longer than the request', async () => {
    expect((await withEnv({ HEADERS_TIMEOUT: '31s' }))[0]).toMatch(
      /^env HEADERS_TIMEOUT: must not be longer than REQUEST_TIMEOUT/,
    );
    expect(await withEnv({ HEADERS_TIMEOUT: '30s' })).toEqual([]);
  });

  it('are refused: one port for two servers', async () => {
    expect((await withEnv({ OPS_PORT: '8080' }))[0]).toMatch(/^env OPS_PORT: is the same port as SERVER_PORT/);
    expect(await withEnv({ OPS_PORT: '0', SERVER_PORT: '0' })).toEqual([]);
    expect(await withEnv({ OPS_PORT: 'off' })).toEqual([]);
  });

  it('are refused: a lease that lapses between its renewals', async () => {
    expect((await withEnv({ TURN_LEASE: '2s' }))[0]).toMatch(
      /^env TURN_LEASE: must be at least three times CHECKPOINT_INTERVAL/,
    );
    expect(await withEnv({ TURN_LEASE: '3s' })).toEqual([]);
  });

  it('are refused: an outbox that no long answer fits in', async () => {
    expect((await withEnv({ OUTBOX: '500KiB' }))[0]).toMatch(/^env OUTBOX: must hold at least twice MAX_ANSWER/);
    expect(await withEnv({ OUTBOX: '500KiB', MAX_ANSWER: '250KiB' })).toEqual([]);
  });

  it('are refused: two ways to verify a token', async () => {
    expect((await withEnv({ JWKS_URL: 'https://keys.example.com' }))[0]).toMatch(
      /^env JWKS_URL: is given beside JWT_SECRET/,
    );
    expect(await withEnv({ JWKS_URL: 'https://keys.example.com', JWT_SECRET: '' })).toEqual([]);
  });

  it('are refused: a store without what it needs', async () => {
    expect(await withEnv({ STORE: 'mongodb' })).toEqual([
      'env STORE: is mongodb, but MONGO_URI is not given (set MONGO_URI)',
    ]);
    expect((await withEnv({ STORE: 'sqlite', DATA_DIR: '', MONGO_URI: 'mongodb://u:p@db' }))[0]).toMatch(
      /^DATA_DIR: there is no place/,
    );
  });
});

describe('the store', () => {
  it('is MongoDB where there is a URI for it, and SQLite else', async () => {
    const { config, result } = await loadGood({ env: { ...leastEnv, MONGO_URI: 'mongodb://u:p@db/' } });
    expect(config.store.kind).toBe('mongodb');
    expect(config.store.mongoUri?.reveal()).toBe('mongodb://u:p@db/');
    expect(result.settings.get('store.kind')?.value).toBe('mongodb');
    const plain = await loadGood();
    expect(plain.result.settings.get('store.kind')?.value).toBe('sqlite');
  });
});

describe('what should not pass in silence', () => {
  it.each([
    [{ ALLOWED_ORIGINS: '' }, /^ALLOWED_ORIGINS: is not set: a web page of any origin/],
    [{ STORE: 'sqlite', MONGO_URI: 'mongodb://u:p@db' }, /^env MONGO_URI: has no effect: STORE is sqlite/],
    [{ MONGO_URI: 'mongodb://u:p@db', SQLITE_MAX_PAGES: '64' }, /^env SQLITE_MAX_PAGES: has no effect/],
    [{ LLM_PROVIDER_1_TYPE: 'echo' }, /is echo: users get their own words back/],
    [
      { LLM_PROVIDER_1_ENDPOINT: 'http://models.internal/v1', LLM_PROVIDER_1_API_KEY: 'k' },
      /^LLM_PROVIDER_<n>_ENDPOINT: of openai-1 is http:\/\/ on another host/,
    ],
  ])('is said: %j', async (env, notice) => {
    const notices = await noticesWith(env);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(notice);
  });

  it.each([
    { LLM_PROVIDER_1_ENDPOINT: 'http://127.0.0.1:9/v1', LLM_PROVIDER_1_API_KEY: 'k' },
    { LLM_PROVIDER_1_ENDPOINT: 'http://[::1]:9/v1', LLM_PROVIDER_1_API_KEY: 'k' },
    { LLM_PROVIDER_1_ENDPOINT: 'http://localhost/v1', LLM_PROVIDER_1_API_KEY: 'k' },
    { LLM_PROVIDER_1_ENDPOINT: 'http://models.internal/v1' },
  ])('is not said without need: %j', async (env) => {
    expect(await noticesWith(env)).toEqual([]);
  });
});

describe('a signing key', () => {
  it.each([
    ['short-but-random-9fK2', 'must have at least 32 bytes, has 21'],
    ['a'.repeat(40), 'is weak: must have at least 10 different characters'],
    ['my-super-secret-jwt-key-for-testing-only-1234', 'is weak: it is made of words that are tried first'],
    ['change this secret in production please', 'is weak: it is made of words that are tried first'],
    ['abcdefghijklmnopabcdefghijklmnopabcdefghijklmnop', 'is weak: it repeats itself'],
    [` ${goodSecret}`, 'begins or ends with white space or a line break'],
  ])('is refused: %s', async (secret, reason) => {
    expect(await withEnv({ JWT_SECRET: secret })).toEqual([
      `env JWT_SECRET: ${reason} (use at least 32 random bytes, as text)`,
    ]);
  });

  it.each([goodSecret, 'V4l1d-JWT-K3y-F0r-T3st1ng-Purp0ses-1!', 'correct horse battery staple orbit lamp'])(
    'is taken: %s',
    async (secret) => {
      expect(await withEnv({ JWT_SECRET: secret })).toEqual([]);
    },
  );
});
