// Station: cli/token. A token taken apart, to be looked at; whether to trust it is the server's business (server/auth). Called by inspect.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { keysToTry } from '../../server/auth/key-choice.js';
import type { JwtKey } from '../../server/config/jwt-keys.js';

/** What a token says, unchecked. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** `header.payload`, which the signature signs. */
  readonly signed: string;
  readonly signature: Uint8Array;
}

/** Takes a compact JWT apart; null where it is none. */
export function tokenParts(token: string): TokenParts | null {
  const [head, payload, signature, ...more] = token.split('.');
  if (head === undefined || payload === undefined || signature === undefined || more.length > 0) return null;
  const header = decode(head);
  const claims = decode(payload);
  if (header === null || claims === null) return null;
  return { header, claims, signed: `${head}.${payload}`, signature: Buffer.from(signature, 'base64url') };
}

function decode(part: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** What is known of a signature; `stranger` where the token names a key that is not among those here, so that a server with them refuses it. */
export type SignatureState = 'good' | 'bad' | 'stranger' | 'unknown';

/** Whether one of `keys` signed it, by the server's own rule which to try; `unknown` for another algorithm than HS256, whose key is not here. */
export function signatureState({ header, signed, signature }: TokenParts, keys: readonly JwtKey[]): SignatureState {
  if (header.alg !== 'HS256') return 'unknown';
  const tried = keysToTry(keys, header.kid);
  if (tried.length === 0) return 'stranger';
  const isBy = ({ secret }: JwtKey) => {
    const expected = createHmac('sha256', secret).update(signed).digest();
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  };
  return tried.some(isBy) ? 'good' : 'bad';
}
