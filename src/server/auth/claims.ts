// Station: auth. What a verified token says, bounded before anybody else reads it. Called by auth/verify.
import type { JWTPayload } from 'jose';
import { cutCodePoints, withinCodePoints } from '../../common/code-points.js';
import { WireError } from '../../protocol/errors.js';
import { limits } from '../../protocol/limits.js';
import type { User } from '../ports/participant.js';
import { isAdminRole } from './policy.js';

/** What a good token says. */
export interface TokenClaims {
  readonly user: User;
  readonly roles: readonly string[];
  /** Milliseconds since the Unix epoch, both. */
  readonly expiresAtMs: number;
  readonly issuedAtMs: number | null;
}

/** Rules about a token's times, in milliseconds. */
export interface TokenTimes {
  /** Refuses tokens issued before this time (since the epoch), and those that do not say when. */
  readonly validAfterMs?: number;
  /** How far `nbf` and `iat` may lie in the future. `exp` has no tolerance: it is also the end of the connection. */
  readonly clockToleranceMs: number;
}

/**
 * Reads the claims of a token whose signature was checked.
 * @throws WireError INVALID_TOKEN or EXPIRED_TOKEN
 */
export function readClaims(payload: JWTPayload, settings: TokenTimes, nowMs: number): TokenClaims {
  const { user_id: userId, roles, name, exp, iat } = payload;
  if (typeof userId !== 'string' || userId.length === 0 || !withinCodePoints(userId, limits.userId)) {
    throw invalid(`user_id must be a string of 1 to ${limits.userId} characters`);
  }
  // Such ids become the same bytes once stored: two users would share their sessions.
  if (/[\0\p{Cs}]/u.test(userId)) throw invalid('user_id must be well-formed Unicode without NUL');
  if (!isRoles(roles)) {
    throw invalid(`roles must be at most ${limits.roles} strings of at most ${limits.role} characters`);
  }
  const expiresAtMs = exp === undefined ? Number.NaN : exp * 1000;
  if (!Number.isFinite(expiresAtMs)) throw invalid('exp must be a number');
  if (expiresAtMs <= nowMs) throw expired();
  const issuedAtMs = iat === undefined ? null : iat * 1000;
  if (issuedAtMs !== null && !(issuedAtMs <= nowMs + settings.clockToleranceMs))
    throw invalid('iat lies in the future');
  const { validAfterMs } = settings;
  // iat has whole seconds, so a token made in the very second of the cut still counts as after it.
  if (validAfterMs !== undefined && (issuedAtMs === null || issuedAtMs < Math.floor(validAfterMs / 1000) * 1000)) {
    throw invalid('it was issued before all older tokens were revoked; sign in again');
  }
  return {
    user: { id: userId, name: displayName(name, userId), isAdmin: isAdminRole(roles) },
    roles,
    expiresAtMs,
    issuedAtMs,
  };
}

function isRoles(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= limits.roles &&
    value.every((role) => typeof role === 'string' && withinCodePoints(role, limits.role))
  );
}

/** Finding L2: bounded here, where it comes in, for everything behind. */
function displayName(name: unknown, userId: string): string {
  const given = typeof name === 'string' ? name.trim() : '';
  return cutCodePoints(given === '' ? userId : given, limits.displayName);
}

/** An INVALID_TOKEN error; `why` completes a sentence and holds nothing of the token. */
export function invalid(why: string, cause?: unknown): WireError {
  return new WireError('INVALID_TOKEN', `The token is not valid: ${why}.`, { cause });
}

/** An EXPIRED_TOKEN error. */
export function expired(cause?: unknown): WireError {
  return new WireError('EXPIRED_TOKEN', 'The token has expired; get a fresh one.', { cause });
}
