// Station: test. Who a token speaks for: signatures, algorithms, claims and their bounds.

import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/common/random.js';
import { WireError } from '../../../src/protocol/errors.js';
import { readClaims } from '../../../src/server/auth/claims.js';
import { issueToken } from '../../../src/server/auth/issue.js';
import { keysToTry } from '../../../src/server/auth/key-choice.js';
import { createTokenVerifier, type TokenSettings } from '../../../src/server/auth/verify.js';
import { createFakeClock } from '../../helpers/fake-clock.js';

const secret = systemRandom.bytes(32);
const clock = createFakeClock();
const nowMs = clock.now();
const nowSeconds = nowMs / 1000;
const hour = 3_600_000;

function verifierOf(settings: Partial<TokenSettings> = {}) {
  return createTokenVerifier(
    { key: { kind: 'hs256', secrets: [{ secret }] }, clockToleranceMs: 5_000, ...settings },
    { clock },
  );
}

function sign(claims: Record<string, unknown>, header: { alg: string; kid?: string } = { alg: 'HS256' }, key = secret) {
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

const good = { user_id: 'ada', roles: ['user'], exp: nowSeconds + 3_600, iat: nowSeconds };

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'taken',
    (error: unknown) => (error instanceof WireError ? error.code : `not a WireError: ${String(error)}`),
  );
}

describe('a token that was issued', () => {
  it('says who it is of, with roles and times', async () => {
    const token = await issueToken(
      { userId: 'ada', name: 'Ada L.', roles: ['user'], issuedAtMs: nowMs, expiresAtMs: nowMs + hour },
      secret,
    );
    await expect(verifierOf().verify(token)).resolves.toEqual({
      user: { id: 'ada', name: 'Ada L.', isAdmin: false },
      roles: ['user'],
      expiresAtMs: nowMs + hour,
      issuedAtMs: nowMs,
    });
  });

  it('shows the user id where it has no usable name', async () => {
    for (const name of [undefined, '', '   ', 7]) {
      const claims = await verifierOf().verify(await sign({ ...good, ...(name === undefined ? {} : { name }) }));
      expect(claims.user.name).toBe('ada');
    }
  });

  it('makes an admin of either admin role', async () => {
    for (const role of ['admin', 'chat_admin']) {
      const claims = await verifierOf().verify(await sign({ ...good, roles: ['user', role] }));
      expect(claims.user.isAdmin).toBe(true);
    }
    expect((await verifierOf().verify(await sign({ ...good, roles: ['administrator'] }))).user.isAdmin).toBe(false);
  });

  it('L2: cuts a name of 10,000 emoji at 100 code points, never through a pair', async () => {
    // As long as a token can carry, then as long as a larger token bound would let through.
    const claims = await verifierOf().verify(await sign({ ...good, name: '😀'.repeat(1_500) }));
    expect(claims.user.name).toBe('😀'.repeat(100));
    const unbounded = readClaims({ ...good, name: '😀'.repeat(10_000) }, { clockToleranceMs: 0 }, nowMs);
    expect([...unbounded.user.name]).toHaveLength(100);
    expect(unbounded.user.name).toBe('😀'.repeat(100));
    const long = readClaims({ ...good, user_id: 'u'.repeat(255) }, { clockToleranceMs: 0 }, nowMs);
    expect(long.user.name).toBe('u'.repeat(100));
  });

  it('is not issued with a secret that is too short', async () => {
    const subject = { userId: 'ada', roles: [], issuedAtMs: nowMs, expiresAtMs: nowMs + hour };
    await expect(issueToken(subject, secret.subarray(0, 31))).rejects.toThrow(RangeError);
  });
});

describe('a verifier', () => {
  it('is not made without a secret or with a short one', () => {
    expect(() => verifierOf({ key: { kind: 'hs256', secrets: [] } })).toThrow(RangeError);
    expect(() => verifierOf({ key: { kind: 'hs256', secrets: [{ secret: secret.subarray(0, 31) }] } })).toThrow(/31/);
  });

  it('takes only its own algorithm, whatever the header says', async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(good)).toString('base64url')}.`;
    expect(await codeOf(verifierOf().verify(none))).toBe('INVALID_TOKEN');
    const longSecret = systemRandom.bytes(64);
    const verifier = verifierOf({ key: { kind: 'hs256', secrets: [{ secret: longSecret }] } });
    expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS512' }, longSecret)))).toBe('INVALID_TOKEN');
    expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS256' }, longSecret)))).toBe('taken');
  });

  it('refuses a signature by another secret, and a payload changed under its signature', async () => {
    expect(await codeOf(verifierOf().verify(await sign(good, { alg: 'HS256' }, systemRandom.bytes(32))))).toBe(
      'INVALID_TOKEN',
    );
    const [head = '', , tail = ''] = (await sign(good)).split('.');
    const forged = Buffer.from(JSON.stringify({ ...good, user_id: 'eve' })).toString('base64url');
    expect(await codeOf(verifierOf().verify(`${head}.${forged}.${tail}`))).toBe('INVALID_TOKEN');
  });

  it('picks the secret by kid, and tries each where none is named', async () => {
    const old = systemRandom.bytes(32);
    const verifier = verifierOf({
      key: {
        kind: 'hs256',
        secrets: [
          { kid: 'b', secret },
          { kid: 'a', secret: old },
        ],
      },
    });
    expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS256', kid: 'a' }, old)))).toBe('taken');
    expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS256' }, old)))).toBe('taken');
    expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS256', kid: 'b' }, old)))).toBe('INVALID_TOKEN');
    expect(await codeOf(verifier.verify('not a token'))).toBe('INVALID_TOKEN');
    const expired = { ...good, exp: nowSeconds - 1 };
    expect(await codeOf(verifier.verify(await sign(expired, { alg: 'HS256', kid: 'a' }, old)))).toBe('EXPIRED_TOKEN');
  });

  it('takes the id of a token for the key that it names, and refuses one that it does not know', async () => {
    const [kept, old] = [systemRandom.bytes(32), systemRandom.bytes(32)];
    const secrets = [{ kid: 'b', secret }, { kid: 'a', secret: old }, { secret: kept }];
    const verifier = verifierOf({ key: { kind: 'hs256', secrets } });
    // Good signatures all, by keys that are here.
    for (const kid of ['c', '', 'B', '__proto__']) {
      for (const key of [secret, old, kept]) {
        const token = await sign(good, { alg: 'HS256', kid }, key);
        await expect(verifier.verify(token)).rejects.toMatchObject({
          code: 'INVALID_TOKEN',
          message: expect.stringContaining('the key that it names is not known here'),
        });
      }
    }
    const odd = [{ a: 1 }, null, 7, ['b']].map((kid) => ({ alg: 'HS256', kid }) as unknown as { alg: string });
    for (const header of odd) expect(await codeOf(verifier.verify(await sign(good, header)))).toBe('INVALID_TOKEN');
    expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS256', kid: 'b' }, kept)))).toBe('INVALID_TOKEN');
  });

  it('tries a token without an id against JWT_SECRET and then each key, and no key that is not here', async () => {
    const [kept, old] = [systemRandom.bytes(32), systemRandom.bytes(32)];
    const secrets = [{ kid: 'b', secret }, { kid: 'a', secret: old }, { secret: kept }];
    const verifier = verifierOf({ key: { kind: 'hs256', secrets } });
    for (const key of [kept, secret, old])
      expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS256' }, key)))).toBe('taken');
    expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS256' }, systemRandom.bytes(32))))).toBe(
      'INVALID_TOKEN',
    );
    expect(keysToTry(secrets, undefined).map(({ kid }) => kid)).toEqual([undefined, 'b', 'a']);
  });

  it('asks nothing of an id where it has one secret without, as the reference does', async () => {
    expect(await codeOf(verifierOf().verify(await sign(good, { alg: 'HS256', kid: 'whatever' })))).toBe('taken');
  });

  it('asks the id of a token also where there is but one key with an id', async () => {
    const verifier = verifierOf({ key: { kind: 'hs256', secrets: [{ kid: 'b', secret }] } });
    expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS256', kid: 'b' })))).toBe('taken');
    expect(await codeOf(verifier.verify(await sign(good)))).toBe('taken');
    expect(await codeOf(verifier.verify(await sign(good, { alg: 'HS256', kid: 'a' })))).toBe('INVALID_TOKEN');
  });

  it('is not made with more secrets than a bad token may cost', () => {
    const secrets = Array.from({ length: 10 }, (_, at) => ({ kid: `k${at}`, secret }));
    expect(() => verifierOf({ key: { kind: 'hs256', secrets } })).toThrow(/at most 9/);
    expect(() => verifierOf({ key: { kind: 'hs256', secrets: secrets.slice(1) } })).not.toThrow();
  });

  it('names the key of a token that was issued with its id', async () => {
    const subject = { userId: 'ada', roles: [], issuedAtMs: nowMs, expiresAtMs: nowMs + hour };
    const verifier = verifierOf({ key: { kind: 'hs256', secrets: [{ kid: 'b', secret }] } });
    const token = await issueToken(subject, secret, 'b');
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({ kid: 'b' });
    expect(await codeOf(verifier.verify(token))).toBe('taken');
  });

  it.each([
    ['no exp', { exp: undefined }, 'INVALID_TOKEN'],
    ['an exp that is text', { exp: '9999999999' }, 'INVALID_TOKEN'],
    ['an exp now', { exp: nowSeconds }, 'EXPIRED_TOKEN'],
    ['an exp within the tolerance but past', { exp: nowSeconds - 2 }, 'EXPIRED_TOKEN'],
    ['an exp in a second', { exp: nowSeconds + 1 }, 'taken'],
    ['an nbf beyond the tolerance', { nbf: nowSeconds + 6 }, 'INVALID_TOKEN'],
    ['an nbf within the tolerance', { nbf: nowSeconds + 4 }, 'taken'],
    ['an iat beyond the tolerance', { iat: nowSeconds + 6 }, 'INVALID_TOKEN'],
    ['an iat within the tolerance', { iat: nowSeconds + 4 }, 'taken'],
    ['no iat', { iat: undefined }, 'taken'],
    ['no user_id', { user_id: undefined }, 'INVALID_TOKEN'],
    ['a numeric user_id', { user_id: 7 }, 'INVALID_TOKEN'],
    ['an empty user_id', { user_id: '' }, 'INVALID_TOKEN'],
    ['a user_id of 255 code points', { user_id: '😀'.repeat(255) }, 'taken'],
    ['a user_id of 256 code points', { user_id: '😀'.repeat(256) }, 'INVALID_TOKEN'],
    ['a user_id with half a pair', { user_id: 'a\ud800' }, 'INVALID_TOKEN'],
    ['a user_id with NUL', { user_id: 'a\u0000' }, 'INVALID_TOKEN'],
    ['no roles', { roles: undefined }, 'INVALID_TOKEN'],
    ['roles that are text', { roles: 'admin' }, 'INVALID_TOKEN'],
    ['a role that is no text', { roles: [1] }, 'INVALID_TOKEN'],
    ['no role in roles', { roles: [] }, 'taken'],
    ['33 roles', { roles: Array.from({ length: 33 }, () => 'user') }, 'INVALID_TOKEN'],
    ['a role of 65 characters', { roles: ['r'.repeat(65)] }, 'INVALID_TOKEN'],
  ])('judges %s', async (_what, change, expected) => {
    expect(await codeOf(verifierOf().verify(await sign({ ...good, ...change })))).toBe(expected);
  });

  it('demands issuer and audience where they are set', async () => {
    const verifier = verifierOf({ issuer: 'https://id.example', audience: 'chat' });
    expect(await codeOf(verifier.verify(await sign({ ...good, iss: 'https://id.example', aud: 'chat' })))).toBe(
      'taken',
    );
    expect(await codeOf(verifier.verify(await sign({ ...good, iss: 'https://evil.example', aud: 'chat' })))).toBe(
      'INVALID_TOKEN',
    );
    expect(await codeOf(verifier.verify(await sign({ ...good, iss: 'https://id.example' })))).toBe('INVALID_TOKEN');
  });

  it('refuses tokens issued before the cut, and those that do not say when', async () => {
    const verifier = verifierOf({ validAfterMs: nowMs - 60_000 + 400 });
    expect(await codeOf(verifier.verify(await sign({ ...good, iat: nowSeconds - 60 })))).toBe('taken');
    expect(await codeOf(verifier.verify(await sign({ ...good, iat: nowSeconds - 61 })))).toBe('INVALID_TOKEN');
    expect(await codeOf(verifier.verify(await sign({ ...good, iat: undefined })))).toBe('INVALID_TOKEN');
  });

  it('refuses an empty token and one of more than 8,192 characters unread', async () => {
    expect(await codeOf(verifierOf().verify(''))).toBe('INVALID_TOKEN');
    await expect(verifierOf().verify('')).rejects.toThrow(/Bearer token is expected/);
    const token = await sign({ ...good, padding: 'x'.repeat(8_192) });
    expect(await codeOf(verifierOf().verify(token))).toBe('INVALID_TOKEN');
  });

  it('answers any text with a WireError that holds nothing of it', async () => {
    const verifier = verifierOf();
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 12, maxLength: 300 }), async (text) => {
        const error = await verifier.verify(text).then(
          () => null,
          (cause: unknown) => cause,
        );
        expect(error).toBeInstanceOf(WireError);
        expect(error instanceof WireError && error.message.includes(text)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
