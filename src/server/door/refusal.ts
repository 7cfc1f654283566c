// Station: door. A refused upgrade, as HTTP: what it says and how it gets onto a socket that no HTTP server owns any more. Called by the upgrade.

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../common/clock.js';

/** Statuses of refused upgrades. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 426 | 429 | 503;

/** The JSON body of an HTTP error (PROTOCOL.md): a code, or for 429 the wait. */
export type RefusalBody =
  | { readonly error: string; readonly code: string; readonly message: string }
  | { readonly error: 'rate_limit_exceeded'; readonly message: string; readonly retry_after_ms: number };

/** An HTTP answer instead of a socket. */
export interface Refusal {
  readonly status: RefusalStatus;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RefusalBody;
}

/** A refusal that is not about limits. `sentence` is read by people. */
export function refuse(
  status: Exclude<RefusalStatus, 429>,
  code: string,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return { status, headers, body: { error: sentence, code, message: sentence } };
}

/** 503: come back after `retryAfterMs`. */
export function refuseForNow(sentence: string, retryAfterMs: number): Refusal {
  return refuse(503, 'SERVICE_UNAVAILABLE', sentence, { 'Retry-After': wholeSeconds(retryAfterMs) });
}

/** 429: a limit is used up. */
export function refuseLimit(sentence: string, retryAfterMs: number): Refusal {
  return {
    status: 429,
    headers: { 'Retry-After': wholeSeconds(retryAfterMs) },
    body: { error: 'rate_limit_exceeded', message: sentence, retry_after_ms: retryAfterMs },
  };
}

function wholeSeconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}

/** How long a refused client gets to read the answer and hang up. */
const lingerMs = 1_000;

/**
 * Writes a refusal and ends the socket. What the client still sends is read and dropped: closing over unread bytes would reset the connection
 * and take the answer away from the client.
 */
export function writeRefusal(socket: Duplex, refusal: Refusal, clock: Clock): void {
  if (socket.destroyed) return;
  const body = JSON.stringify(refusal.body);
  const lines = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    ...Object.entries(refusal.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const timer = clock.after(lingerMs, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  socket.resume();
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
