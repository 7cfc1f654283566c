// Station: door. What the socket door can be told, and what it does untold. Mapped from the configuration by app.
import { limits } from '../../protocol/limits.js';
import type { ConnectionCaps } from './connection-limits.js';

/** Bounds of one connection. Times in milliseconds. */
export interface ConnectionBounds {
  /** A larger frame closes the socket with 1009. */
  readonly maxFrameBytes: number;
  /** Frames, and their bytes, that wait for their turn before the socket is no longer read (finding R11). */
  readonly inboxFrames: number;
  readonly inboxBytes: number;
  /** Bytes in the socket's own buffer above which frames wait in the outbox, so that pings and closes can pass them (finding R10). */
  readonly highWaterBytes: number;
  /** Bytes that may wait in all; over it the socket is closed with 4408. */
  readonly outboxBytes: number;
  readonly pingIntervalMs: number;
  /** A peer that was sent a ping and showed no sign of life for this long after it is gone; at the soonest at the second sweep after the ping. */
  readonly pongTimeoutMs: number;
  /** How long before its token expires a client is warned. */
  readonly tokenWarningMs: number;
  /** How long a closing socket may take to send what it holds and to shake hands. */
  readonly closeGraceMs: number;
  /** Step of the one timer that all connections share; the times above are kept to within one step, the wait for a pong to within two. */
  readonly sweepMs: number;
}

/** The door for sockets. */
export interface SocketDoorSettings extends ConnectionBounds {
  /** Begins with a slash and ends without one; empty for none. */
  readonly pathPrefix: string;
  /** Exact origins; empty lets any in, `null` too. */
  readonly allowedOrigins: readonly string[];
  /** Whether `?token=` is looked at. */
  readonly allowQueryToken: boolean;
  /** Addresses and CIDR ranges whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[];
  readonly caps: ConnectionCaps;
  /** Upgrades whose token is being checked at this moment; more are refused with 503. */
  readonly maxUpgradesInProgress: number;
  /** Deadline from the upgrade request to the decision. */
  readonly preAuthMs: number;
  /** What refused clients are told to wait. */
  readonly refusedRetryMs: number;
}

/** The defaults of PROTOCOL.md. */
export const socketDoorDefaults: SocketDoorSettings = {
  pathPrefix: '/chatbox',
  allowedOrigins: [],
  allowQueryToken: true,
  trustedProxies: [],
  caps: { perUser: 10, perAddress: 1_000, total: 50_000 },
  maxUpgradesInProgress: 1_000,
  preAuthMs: 10_000,
  refusedRetryMs: 5_000,
  maxFrameBytes: limits.frameBytes,
  inboxFrames: 32,
  inboxBytes: 262_144,
  highWaterBytes: 65_536,
  outboxBytes: limits.outboxBytes,
  pingIntervalMs: 25_000,
  pongTimeoutMs: 9_000,
  tokenWarningMs: 60_000,
  closeGraceMs: 3_000,
  sweepMs: 1_000,
};
