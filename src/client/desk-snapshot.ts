// Station: client. What an admin's client knows, as one immutable value. Made by desk-client; read by a takeover UI and tests.
import type { ModelChoice } from '../protocol/outbound.js';
import type { Alert, ConnectionState, Snapshot } from './snapshot.js';

/** What this client is in a session: on its way in, the one who holds it, reading along, or out of it (again). */
export type DeskRole = 'joining' | 'holder' | 'watcher' | 'out';

/**
 * How the lease on a session stands. held: renewed by the server while this client is connected; running_out: the connection is lost, and about then the
 * session goes back to the model; lost: it ran out (`to` null), or somebody took it.
 */
export type LeaseState =
  | { readonly kind: 'none' }
  | { readonly kind: 'held'; readonly leaseMs: number }
  | { readonly kind: 'running_out'; readonly endsAtMs: number }
  | { readonly kind: 'lost'; readonly to: string | null; readonly atMs: number };

/** One session at the desk. `chat.connection` is that of the whole desk. */
export interface DeskSession {
  readonly sessionId: string;
  /** The user whose session it is; null before the server said so. */
  readonly ownerId: string | null;
  readonly role: DeskRole;
  readonly lease: LeaseState;
  /** The conversation as the user sees it, and what of this admin waits to be stored. */
  readonly chat: Snapshot;
}

/** A user asks for a person. */
export interface HelpCall {
  readonly sessionId: string;
  readonly userId: string;
  readonly queuePlace: number | null;
  readonly atMs: number;
}

/** All that the client knows. Every change makes a new one; parts that did not change stay the same objects. */
export interface DeskSnapshot {
  readonly connection: ConnectionState;
  readonly userId: string | null;
  readonly models: readonly ModelChoice[];
  /** In the order in which they were opened. */
  readonly sessions: ReadonlyMap<string, DeskSession>;
  /** The last ones that were heard, oldest first; one whose session this client took is gone. */
  readonly helpCalls: readonly HelpCall[];
  /** What is about no session here. The last ones, oldest first. */
  readonly alerts: readonly Alert[];
}

/** Before the first connection. */
export const initialDesk: DeskSnapshot = {
  connection: { kind: 'idle' },
  userId: null,
  models: [],
  sessions: new Map(),
  helpCalls: [],
  alerts: [],
};
