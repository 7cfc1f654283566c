// Station: door. Whether a socket may open: the same decision for an upgrade and for a plain GET that asks why one was refused. Called by the socket door.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Clock } from '../../common/clock.js';
import { WireError } from '../../protocol/errors.js';
import type { TokenClaims } from '../auth/claims.js';
import type { TokenVerifier } from '../auth/verify.js';
import type { AttachRequest } from '../chat/api.js';
import type { Log } from '../ports/telemetry.js';
import { attachRequestOf, splitTarget } from './attach-query.js';
import { addressKey, clientAddress, type TrustedProxies } from './client-address.js';
import type { CapReached } from './connection-limits.js';
import { tokenOf } from './credentials.js';
import { type Refusal, refuse, refuseForNow, refuseLimit } from './refusal.js';
import type { SocketDoorSettings } from './settings.js';

/** A request as the decision sees it. */
export interface UpgradeFacts {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: string | undefined;
}

/** Refused, or let in; `userId` is set where that user's own cap refused it. */
export type UpgradeDecision =
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly fullUserId?: string }
  | {
      readonly kind: 'admitted';
      readonly claims: TokenClaims;
      readonly ask: AttachRequest;
      readonly addressKey: string;
    };

/** What the decision asks of the door. */
export interface UpgradeContext {
  readonly verifier: TokenVerifier;
  readonly isTrusted: TrustedProxies;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: {
    reachedFor(addressKey: string): CapReached | null;
    isFull(userId: string): boolean;
  };
  readonly isDraining: () => boolean;
}

/** Reads what the decision needs of a request, and nothing that would keep the request alive. */
export function factsOf(request: IncomingMessage): UpgradeFacts {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    headers: request.headers,
    peer: request.socket.remoteAddress,
  };
}

/** Refuses what is no WebSocket handshake of version 13 on our path; null when it is one. */
export function handshakeRefusal(facts: UpgradeFacts, settings: SocketDoorSettings): Refusal | null {
  if (splitTarget(facts.target).path !== `${settings.pathPrefix}/ws`) {
    return refuse(404, 'NOT_FOUND', `There is no socket here; it is at ${settings.pathPrefix}/ws.`);
  }
  if (facts.method !== 'GET') return refuse(405, 'BAD_REQUEST', 'A WebSocket is opened with GET.', { Allow: 'GET' });
  if (facts.headers.upgrade?.toLowerCase() !== 'websocket') {
    return refuse(400, 'BAD_REQUEST', 'This address speaks WebSocket: the upgrade headers are missing.');
  }
  if (facts.headers['sec-websocket-version'] !== '13') {
    return refuse(426, 'BAD_REQUEST', 'Only WebSocket version 13 is spoken here.', { 'Sec-WebSocket-Version': '13' });
  }
  if (!/^[+/0-9A-Za-z]{22}==$/.test(facts.headers['sec-websocket-key'] ?? '')) {
    return refuse(400, 'BAD_REQUEST', 'The Sec-WebSocket-Key header is missing or is not 16 bytes in base64.');
  }
  return null;
}

/**
 * Decides on everything but the handshake: cheap checks first, the token next, the user's own cap last. It takes no slot (finding R21) and
 * ends within `preAuthMs`. Never rejects.
 */
export async function decideUpgrade(
  facts: UpgradeFacts,
  settings: SocketDoorSettings,
  context: UpgradeContext,
): Promise<UpgradeDecision> {
  const { headers } = facts;
  if (context.isDraining()) return refused(drainingRefusal(settings));
  if (!isOriginAllowed(headers.origin, settings.allowedOrigins)) {
    return refused(refuse(403, 'FORBIDDEN', 'This origin is not on the list of allowed origins.'));
  }
  const { query } = splitTarget(facts.target);
  const token = tokenOf({
    authorization: headers.authorization,
    protocols: headers['sec-websocket-protocol'],
    queryToken: settings.allowQueryToken ? (query.get('token') ?? undefined) : undefined,
  });
  if (token === null) {
    return refused(
      refuse(401, 'UNAUTHORIZED', 'A token is needed: send it as "Authorization: Bearer", or as a subprotocol.', {
        'WWW-Authenticate': 'Bearer realm="chatbox"',
      }),
    );
  }
  const address = addressKey(clientAddress(facts.peer, forwardedFor(headers), context.isTrusted));
  const reached = context.limits.reachedFor(address);
  if (reached !== null) return refused(capRefusal(reached, settings));
  const claims = await verified(token, settings, context);
  if ('status' in claims) return refused(claims);
  if (context.limits.isFull(claims.user.id)) {
    return { kind: 'refused', refusal: capRefusal('user', settings), fullUserId: claims.user.id };
  }
  return { kind: 'admitted', claims, ask: attachRequestOf(query), addressKey: address };
}

/** 429 for a cap that is used up. */
export function capRefusal(reached: CapReached, settings: SocketDoorSettings): Refusal {
  const sentences: Readonly<Record<CapReached, string>> = {
    user: `At most ${settings.caps.perUser} connections per user; close one and try again.`,
    address: 'Too many connections from this address; close one and try again.',
    total: 'The server has all the connections that it can hold; try again shortly.',
  };
  return refuseLimit(sentences[reached], settings.refusedRetryMs);
}

/** 503 while the server goes away. */
export function drainingRefusal(settings: SocketDoorSettings): Refusal {
  return refuseForNow('The server is restarting; try again shortly.', settings.refusedRetryMs);
}

function refused(refusal: Refusal): UpgradeDecision {
  return { kind: 'refused', refusal };
}

/** No list lets any origin in. Who sends none is no browser, and is judged by the token alone. */
function isOriginAllowed(origin: string | undefined, allowed: readonly string[]): boolean {
  return allowed.length === 0 || origin === undefined || allowed.includes(origin);
}

function forwardedFor(headers: IncomingHttpHeaders): string | undefined {
  const value = headers['x-forwarded-for'];
  return Array.isArray(value) ? value.join(',') : value;
}

async function verified(
  token: string,
  settings: SocketDoorSettings,
  context: UpgradeContext,
): Promise<TokenClaims | Refusal> {
  const late = refuseForNow('The token could not be checked in time; try again shortly.', settings.refusedRetryMs);
  return await new Promise((resolve) => {
    const timer = context.clock.after(settings.preAuthMs, () => resolve(late));
    context.verifier
      .verify(token)
      .catch((cause: unknown) => tokenRefusal(cause, settings, context.log))
      .then((outcome) => {
        timer.cancel();
        resolve(outcome);
      }, resolve);
  });
}

function tokenRefusal(cause: unknown, settings: SocketDoorSettings, log: Log): Refusal {
  if (cause instanceof WireError && (cause.code === 'INVALID_TOKEN' || cause.code === 'EXPIRED_TOKEN')) {
    return refuse(401, cause.code, cause.message, {
      'WWW-Authenticate': 'Bearer realm="chatbox", error="invalid_token"',
    });
  }
  log.warn('token_check_failed', {}, cause);
  const retryAfterMs = cause instanceof WireError ? cause.retryAfterMs : undefined;
  return refuseForNow(
    'Tokens cannot be checked at the moment; try again shortly.',
    retryAfterMs ?? settings.refusedRetryMs,
  );
}
