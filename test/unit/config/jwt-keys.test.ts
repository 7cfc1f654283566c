// The list of token keys: what is refused, and how it reads back.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/common/random.js';
import { jwtKeys, listJwtKeys, readJwtKeys, writeJwtKeys } from '../../../src/server/config/jwt-keys.js';
import { Secret } from '../../../src/server/config/secret.js';
import { goodSecret, leastEnv, loadGood, problemsOf } from '../../helpers/config.js';

const random = (bytes = 32) => Buffer.from(systemRandom.bytes(bytes)).toString('base64');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const [a, b] = [random(), random()];
const without = { ...leastEnv, JWT_SECRET: '' };

describe('JWT_KEYS', () => {
  it('is taken in place of JWT_SECRET and beside it, and the first of its keys signs', async () => {
    const { config } = await loadGood({ env: { ...without, JWT_KEYS: `k2:${a},k1:${b}@2026-01-31T00:00:00Z` } });
    const named = readJwtKeys(config.auth.jwtKeys, config.auth.jwtSecret);
    expect(named).toEqual([
      { kid: 'k2', secret: Buffer.from(a, 'base64') },
      { kid: 'k1', secret: Buffer.from(b, 'base64') },
    ]);
    const { config: both } = await loadGood({ env: { ...leastEnv, JWT_KEYS: `k2:${a}` } });
    expect(readJwtKeys(both.auth.jwtKeys, both.auth.jwtSecret).at(-1)).toEqual({ secret: Buffer.from(goodSecret) });
  });

  it.each([
    ['no id', a, 'key 1 must be id:base64'],
    ['an id with a space', `k 1:${a}`, 'key 1 must be id:base64'],
    ['an id of 33 characters', `${'k'.repeat(33)}:${a}`, 'key 1 must be id:base64'],
    ['an id twice', `k1:${a},k1:${b}`, 'has the id k1 twice'],
    ['a key twice', `k1:${a},k2:${a}`, 'key 2 (k2) is the key k1 once more'],
    ['31 bytes', `k1:${random(31)}`, 'key 1 (k1) must be at least 32 bytes in base64, has 31'],
    ['no base64', `k1:${a},k2:${'!'.repeat(44)}`, 'key 2 (k2) must be at least 32 bytes in base64'],
    [
      'hexadecimal',
      `k1:${'0123456789abcdef'.repeat(4)}`,
      'key 1 (k1) must be at least 32 bytes in base64, and is hexadecimal',
    ],
    ['few different bytes', `k1:${Buffer.alloc(32, 7).toString('base64')}`, 'key 1 (k1) is weak'],
    ['a weak text', `k1:${base64('my-super-secret-jwt-key-for-chatbox-production')}`, 'key 1 (k1) is weak'],
    ['a placeholder', `k1:${base64(`CHANGE_ME-${goodSecret}`)}`, 'key 1 (k1) holds a placeholder'],
    ['a note without a time', `k1:${a},k2:${b}@soon`, 'key 2 (k2) has no time behind the @'],
    ['nine keys', Array.from({ length: 9 }, (_, at) => `k${at}:${random()}`).join(), 'must have at most 8 keys, has 9'],
  ])('refuses %s, and quotes no key', async (_, list, words) => {
    const problems = await problemsOf({ env: { ...without, JWT_KEYS: list } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`env JWT_KEYS: ${words}`);
    for (const key of list.split(',')) expect(problems[0]).not.toContain(key.slice(key.indexOf(':') + 1));
  });

  it('L4: a placeholder as it stands stops the start too', async () => {
    expect(await problemsOf({ env: { ...without, JWT_KEYS: 'k1:REPLACE_WITH_A_KEY' } })).toEqual([
      expect.stringContaining('env JWT_KEYS: holds a placeholder'),
    ]);
  });

  it('is not taken beside JWKS_URL, as JWT_SECRET is not', async () => {
    const env = { ...without, JWT_KEYS: `k1:${a}`, JWKS_URL: 'https://keys.example.com' };
    expect(await problemsOf({ env })).toEqual([expect.stringMatching(/^env JWKS_URL: is given beside JWT_KEYS/)]);
  });

  it('reads back as it was written, and a note never names an earlier time', () => {
    const key = fc.record({
      text: fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64')),
      signedUntilMs: fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 }), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 8 }), (keys) => {
        const named = keys.map((each, at) => ({ ...each, id: `k${at}` }));
        const read = listJwtKeys(writeJwtKeys(named));
        expect(read.map(({ id, text }) => [id, text])).toEqual(named.map(({ id, text }) => [id, text]));
        for (const [at, { signedUntilMs }] of read.entries()) {
          const meant = named[at]?.signedUntilMs ?? null;
          expect((signedUntilMs ?? 0) - (meant ?? 0)).toBeGreaterThanOrEqual(0);
          expect((signedUntilMs ?? 0) - (meant ?? 0)).toBeLessThan(1_000);
          expect(signedUntilMs === null).toBe(meant === null);
        }
      }),
    );
  });

  it('takes the bytes of any JWT_SECRET that is good, since a rotation begins with them', async () => {
    expect(jwtKeys.parse(`k0:${base64(goodSecret)}`).ok).toBe(true);
    expect(readJwtKeys(new Secret(`k0:${base64(goodSecret)}`), null)[0]?.secret).toEqual(Buffer.from(goodSecret));
  });
});
