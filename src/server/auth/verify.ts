// Station: auth. Who a token speaks for. Called by door/upgrade, by the HTTP routes and by token_refresh.
import { createSecretKey } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { limits } from '../../protocol/limits.js';
import { invalid, readClaims, type TokenClaims, type TokenTimes } from './claims.js';
import type { FetchJwks, JwksSettings } from './jwks.js';
import type { ClaimRules, NamedKey, SignatureCheck } from './signature.js';

/** The shortest HMAC secret that is taken, in bytes: the length of SHA-256's output (RFC 7518, section 3.2). */
export const minSecretBytes = 32;

/** Most secrets that a token is tried against, so that a bad one costs no more than that. */
const maxSecrets = 9;

/** A shared secret. `kid` is its id in a token's header, where several are in use while one replaces another (key-choice). */
export interface TokenSecret {
  readonly kid?: string;
  /** At least 32 bytes. */
  readonly secret: Uint8Array;
}

/** What tokens are checked against. The kind of key fixes the algorithm, whatever a token's header says. */
export interface TokenSettings extends TokenTimes {
  readonly key: { readonly kind: 'hs256'; readonly secrets: readonly TokenSecret[] } | JwksSettings;
  /** Demanded `iss` and `aud`, where set. */
  readonly issuer?: string;
  readonly audience?: string;
}

/** Checks tokens. */
export interface TokenVerifier {
  /**
   * Rejects with WireError: INVALID_TOKEN, EXPIRED_TOKEN, or SERVICE_ERROR while the key set can't be fetched.
   * None of them holds anything of the token.
   */
  verify(token: string): Promise<TokenClaims>;
}

/**
 * Makes a verifier. Secrets become key objects here, once: making one for each token costs more than the check.
 * @throws RangeError without a secret, with more than nine, or with one shorter than 32 bytes
 */
export function createTokenVerifier(
  settings: TokenSettings,
  deps: { readonly clock: Clock; readonly fetchJwks?: FetchJwks },
): TokenVerifier {
  const { key } = settings;
  const loadCheck = key.kind === 'hs256' ? secretCheckOf(namedKeys(key.secrets)) : jwksCheckOf(key, deps);
  let loading: Promise<SignatureCheck> | undefined;
  return {
    async verify(token) {
      if (token.length === 0)
        throw invalid('a Bearer token is expected (Authorization: Bearer <token>), and none was given');
      if (token.length > limits.token) throw invalid(`it must have at most ${limits.token} characters`);
      loading ??= loadCheck();
      const check = await loading;
      const nowMs = deps.clock.now();
      const payload = await check(token, claimRules(settings, nowMs));
      return readClaims(payload, settings, nowMs);
    },
  } satisfies TokenVerifier;
}

function claimRules(settings: TokenSettings, nowMs: number): ClaimRules {
  return {
    ...(settings.issuer === undefined ? {} : { issuer: settings.issuer }),
    ...(settings.audience === undefined ? {} : { audience: settings.audience }),
    currentDate: new Date(nowMs),
    clockTolerance: settings.clockToleranceMs / 1000,
    requiredClaims: ['exp'],
  };
}

function namedKeys(secrets: readonly TokenSecret[]): readonly NamedKey[] {
  if (secrets.length === 0) throw new RangeError('no token secret is set, so no token could ever be verified');
  if (secrets.length > maxSecrets)
    throw new RangeError(`at most ${maxSecrets} token secrets are tried, not ${secrets.length}`);
  return secrets.map(({ kid, secret }) => {
    if (secret.length < minSecretBytes) {
      throw new RangeError(`a token secret has ${secret.length} bytes, HS256 needs at least ${minSecretBytes}`);
    }
    return { kid, key: createSecretKey(secret) };
  });
}

const secretCheckOf = (keys: readonly NamedKey[]) => async () => (await import('./signature.js')).secretCheck(keys);

const jwksCheckOf =
  (settings: JwksSettings, deps: { readonly clock: Clock; readonly fetchJwks?: FetchJwks }) => async () => {
    const [{ createJwksKeys }, { jwksCheck }] = await Promise.all([import('./jwks.js'), import('./signature.js')]);
    return jwksCheck(createJwksKeys(settings, deps), settings.algorithms);
  };
