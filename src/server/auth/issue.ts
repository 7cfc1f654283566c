// Station: auth. Makes tokens. Called by `chatbox token create`, by `serve --dev` and by tests; the server itself only verifies.
import { SignJWT } from 'jose/jwt/sign';
import { minSecretBytes } from './verify.js';

/** What a token says. Times are milliseconds since the Unix epoch; a token holds whole seconds, so both are rounded down. */
export interface TokenSubject {
  readonly userId: string;
  /** Shown to others; left out, the user id is shown. */
  readonly name?: string;
  readonly roles: readonly string[];
  readonly expiresAtMs: number;
  readonly issuedAtMs: number;
}

/**
 * Signs a token with HS256.
 * @param kid the secret's id, where it has one; it goes into the header
 * @throws RangeError when the secret is shorter than 32 bytes; its message holds nothing of it
 */
export async function issueToken(subject: TokenSubject, secret: Uint8Array, kid?: string): Promise<string> {
  if (secret.length < minSecretBytes) {
    throw new RangeError(
      `the token secret has ${secret.length} bytes, HS256 needs at least ${minSecretBytes}: make one of ${minSecretBytes} random bytes`,
    );
  }
  const claims: Record<string, unknown> = { user_id: subject.userId, roles: subject.roles };
  if (subject.name !== undefined) claims.name = subject.name;
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
    .setIssuedAt(Math.floor(subject.issuedAtMs / 1000))
    .setExpirationTime(Math.floor(subject.expiresAtMs / 1000))
    .sign(secret);
}
