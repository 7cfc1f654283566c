// Station: test. Tokens checked against public keys from a URL: rotation, outages, confusion of algorithms.
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { WireError } from '../../../src/protocol/errors.js';
import type { FetchJwks } from '../../../src/server/auth/jwks.js';
import { createTokenVerifier } from '../../../src/server/auth/verify.js';
import { createFakeClock } from '../../helpers/fake-clock.js';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let rsa: Pair;
let ec: Pair;
let stranger: Pair;
const clock = createFakeClock(Date.now());
const claims = { user_id: 'ada', roles: ['user'], exp: Math.floor(clock.now() / 1000) + 3_600 };

beforeAll(async () => {
  [rsa, ec, stranger] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ]);
});

async function keySet(): Promise<string> {
  return JSON.stringify({
    keys: [
      { ...(await exportJWK(rsa.publicKey)), kid: 'r1', alg: 'RS256', use: 'sig' },
      { ...(await exportJWK(ec.publicKey)), kid: 'e1', alg: 'ES256', use: 'sig' },
    ],
  });
}

function verifierOf(fetchJwks: FetchJwks, options: { timeoutMs?: number; clock?: typeof clock } = {}) {
  return createTokenVerifier(
    {
      key: {
        kind: 'jwks',
        url: new URL('https://id.example/keys'),
        algorithms: ['RS256', 'ES256'],
        timeoutMs: options.timeoutMs ?? 1_000,
        cooldownMs: 30_000,
        maxAgeMs: 600_000,
      },
      clockToleranceMs: 5_000,
    },
    { clock: options.clock ?? clock, fetchJwks },
  );
}

function sign(key: Pair['privateKey'] | Uint8Array, header: { alg: string; kid?: string }): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

async function failureOf(promise: Promise<unknown>): Promise<WireError> {
  const error: unknown = await promise.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (error instanceof WireError) return error;
  throw new Error(`expected a WireError, got ${String(error)}`);
}

describe('a verifier with a JWKS URL', () => {
  it('takes RS256 and ES256 tokens and fetches the keys once', async () => {
    let fetches = 0;
    const verifier = verifierOf(async () => {
      fetches += 1;
      return new Response(await keySet());
    });
    const rs = await sign(rsa.privateKey, { alg: 'RS256', kid: 'r1' });
    const es = await sign(ec.privateKey, { alg: 'ES256', kid: 'e1' });
    expect((await verifier.verify(rs)).user.id).toBe('ada');
    expect((await verifier.verify(es)).user.id).toBe('ada');
    expect(fetches).toBe(1);
  });

  it('refuses HS256 with the public key as the secret', async () => {
    const verifier = verifierOf(async () => new Response(await keySet()));
    const confused = await sign(new TextEncoder().encode(await exportSPKI(rsa.publicKey)), { alg: 'HS256', kid: 'r1' });
    expect((await failureOf(verifier.verify(confused))).code).toBe('INVALID_TOKEN');
  });

  it('refuses a key that is not in the set, without fetching for each such token', async () => {
    let fetches = 0;
    const verifier = verifierOf(async () => {
      fetches += 1;
      return new Response(await keySet());
    });
    for (let at = 0; at < 5; at += 1) {
      const token = await sign(stranger.privateKey, { alg: 'RS256', kid: `x${at}` });
      expect((await failureOf(verifier.verify(token))).code).toBe('INVALID_TOKEN');
    }
    expect((await failureOf(verifier.verify(await sign(stranger.privateKey, { alg: 'RS256', kid: 'r1' })))).code).toBe(
      'INVALID_TOKEN',
    );
    expect(fetches).toBe(1);
  });

  it.each([
    ['refuses the connection', () => Promise.reject(new TypeError('fetch failed'))],
    ['answers 500', () => Promise.resolve(new Response('down', { status: 500 }))],
    ['answers without a body', () => Promise.resolve(new Response(null))],
    ['answers what is no JSON', () => Promise.resolve(new Response('<html>'))],
    ['answers what is no key set', () => Promise.resolve(new Response('{"keys":7}'))],
    ['answers too much', () => Promise.resolve(new Response(`{"keys":[]}${' '.repeat(300_000)}`))],
  ])(
    'says that the keys cannot be had when the key server %s, and asks again only after the pause',
    async (_what, answer) => {
      const own = createFakeClock(clock.now());
      let fetches = 0;
      let isUp = false;
      const verifier = verifierOf(
        async () => {
          fetches += 1;
          return isUp ? new Response(await keySet()) : answer();
        },
        { clock: own },
      );
      const token = await sign(rsa.privateKey, { alg: 'RS256', kid: 'r1' });
      const failure = await failureOf(verifier.verify(token));
      expect(failure.code).toBe('SERVICE_ERROR');
      expect(failure.retryAfterMs).toBe(30_000);
      isUp = true;
      expect((await failureOf(verifier.verify(token))).code).toBe('SERVICE_ERROR');
      expect(fetches).toBe(1);
      own.advance(30_000);
      expect((await verifier.verify(token)).user.id).toBe('ada');
      expect(fetches).toBe(2);
    },
  );

  it('gives up on a key server that never answers', async () => {
    const verifier = verifierOf(
      (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
      { timeoutMs: 30 },
    );
    const token = await sign(rsa.privateKey, { alg: 'RS256', kid: 'r1' });
    expect((await failureOf(verifier.verify(token))).code).toBe('SERVICE_ERROR');
  });
});
