// Station: auth. Who signed a token, by jose: loaded with the first token, since a server listens before it has one. Called by verify.
import type { KeyObject } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import { WireError } from '../../protocol/errors.js';
import { expired, invalid } from './claims.js';
import type { JwksKeys } from './jwks.js';
import { keysToTry } from './key-choice.js';

/** A shared secret as it is checked with. */
export interface NamedKey {
  readonly kid: string | undefined;
  readonly key: KeyObject;
}

/** What a token must say of itself, whoever signed it. */
export interface ClaimRules {
  readonly issuer?: string;
  readonly audience?: string;
  readonly currentDate: Date;
  /** In seconds. */
  readonly clockTolerance: number;
  readonly requiredClaims: string[];
}

/** Resolves to what a token says. Rejects with WireError when nobody we know signed it, or it breaks a rule. */
export type SignatureCheck = (token: string, rules: ClaimRules) => Promise<JWTPayload>;

/** Checks against shared secrets. */
export function secretCheck(keys: readonly NamedKey[]): SignatureCheck {
  const isNamed = keys.some(({ kid }) => kid !== undefined);
  return async (token, rules) => {
    let refusal: WireError | null = null;
    for (const { key } of isNamed ? candidates(token, keys) : keys) {
      try {
        return (await jwtVerify(token, key, { ...rules, algorithms: ['HS256'] })).payload;
      } catch (cause) {
        // Another secret may have signed it; any other reason stands whatever the key.
        if (!(cause instanceof errors.JWSSignatureVerificationFailed)) throw translate(cause);
        refusal = translate(cause);
      }
    }
    throw refusal ?? invalid('the key that it names is not known here');
  };
}

function candidates(token: string, keys: readonly NamedKey[]): readonly NamedKey[] {
  try {
    return keysToTry(keys, decodeProtectedHeader(token).kid);
  } catch (cause) {
    throw invalid('it is not a JWT', cause);
  }
}

/** Checks against a key set. */
export function jwksCheck(keys: JwksKeys, algorithms: readonly string[]): SignatureCheck {
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
