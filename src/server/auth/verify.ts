// Station: auth. Who a token speaks for. Called by door/upgrade, by the HTTP routes and by token_refresh.
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import type { Clock } from '../../common/clock.js';
import { WireError } from '../../protocol/errors.js';
import { limits } from '../../protocol/limits.js';
import { expired, invalid, readClaims, type TokenClaims, type TokenTimes } from './claims.js';
import { minSecretBytes } from './issue.js';
import { createJwksKeys, type FetchJwks, type JwksKeys, type JwksSettings } from './jwks.js';

/** A shared secret; `kid` picks it where several are in use while one replaces another. */
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

interface NamedKey {
  readonly kid: string | undefined;
  readonly key: KeyObject;
}

/**
 * Makes a verifier. Secrets become key objects here, once: making one for each token costs more than the check.
 * @throws RangeError without a secret, or with one shorter than 32 bytes
 */
export function createTokenVerifier(
  settings: TokenSettings,
  deps: { readonly clock: Clock; readonly fetchJwks?: FetchJwks },
): TokenVerifier {
  const { key } = settings;
  const check = key.kind === 'hs256' ? secretCheck(key.secrets) : jwksCheck(createJwksKeys(key, deps), key.algorithms);
  return {
    async verify(token) {
      if (token.length === 0 || token.length > limits.token) {
        throw invalid(`it must have 1 to ${limits.token} characters`);
      }
      const nowMs = deps.clock.now();
      const payload = await check(token, claimRules(settings, nowMs));
      return readClaims(payload, settings, nowMs);
    },
  } satisfies TokenVerifier;
}

interface ClaimRules {
  readonly issuer?: string;
  readonly audience?: string;
  readonly currentDate: Date;
  readonly clockTolerance: number;
  readonly requiredClaims: string[];
}

type SignatureCheck = (token: string, rules: ClaimRules) => Promise<JWTPayload>;

function claimRules(settings: TokenSettings, nowMs: number): ClaimRules {
  return {
    ...(settings.issuer === undefined ? {} : { issuer: settings.issuer }),
    ...(settings.audience === undefined ? {} : { audience: settings.audience }),
    currentDate: new Date(nowMs),
    clockTolerance: settings.clockToleranceMs / 1000,
    requiredClaims: ['exp'],
  };
}

function secretCheck(secrets: readonly TokenSecret[]): SignatureCheck {
  if (secrets.length === 0) throw new RangeError('no token secret is set, so no token could ever be verified');
  const keys: NamedKey[] = secrets.map(({ kid, secret }) => {
    if (secret.length < minSecretBytes) {
      throw new RangeError(`a token secret has ${secret.length} bytes, HS256 needs at least ${minSecretBytes}`);
    }
    return { kid, key: createSecretKey(secret) };
  });
  return async (token, rules) => {
    let refusal: WireError | null = null;
    for (const { key } of candidates(token, keys)) {
      try {
        return (await jwtVerify(token, key, { ...rules, algorithms: ['HS256'] })).payload;
      } catch (cause) {
        // Another secret may have signed it; any other reason stands whatever the key.
        if (!(cause instanceof errors.JWSSignatureVerificationFailed)) throw translate(cause);
        refusal = translate(cause);
      }
    }
    throw refusal ?? invalid('no key signed it');
  };
}

/** The key that the token names, where we have it; else each, in order. */
function candidates(token: string, keys: readonly NamedKey[]): readonly NamedKey[] {
  if (keys.length === 1) return keys;
  let kid: string | undefined;
  try {
    kid = decodeProtectedHeader(token).kid;
  } catch (cause) {
    throw invalid('it is not a JWT', cause);
  }
  const named = keys.filter((key) => key.kid !== undefined && key.kid === kid);
  return named.length > 0 ? named : keys;
}

function jwksCheck(keys: JwksKeys, algorithms: readonly string[]): SignatureCheck {
  return async (token, rules) => {
    try {
      return (await jwtVerify(token, keys.keyOf, { ...rules, algorithms: [...algorithms] })).payload;
    } catch (cause) {
      throw keys.isUnavailable(cause)
        ? new WireError(
            'SERVICE_ERROR',
            'The keys that tokens are checked with cannot be fetched; try again shortly.',
            {
              retryAfterMs: keys.retryAfterMs,
              cause,
            },
          )
        : translate(cause);
    }
  };
}

function translate(cause: unknown): WireError {
  if (cause instanceof errors.JWTExpired) return expired(cause);
  if (cause instanceof errors.JWTClaimValidationFailed) return invalid(`its claim ${cause.claim} was refused`, cause);
  if (cause instanceof errors.JOSEAlgNotAllowed) return invalid('its algorithm is not the configured one', cause);
  if (cause instanceof errors.JWSSignatureVerificationFailed) return invalid('its signature does not match', cause);
  return invalid('it is not a JWT signed by a known key', cause);
}
