// Station: ports. The doorbell between replicas. Called by chat; implemented by bus/*.
import type { AnswerEnd, LogEntry, Usage } from './store.js';

/** What happened in a session. JSON-safe, so that any adapter can carry it. */
export type SessionEvent =
  /** An entry was appended. `origin` is the socket that sent it, which gets an ack in its place. */
  | { readonly kind: 'entry'; readonly log: LogEntry; readonly origin?: string }
  /** The model was asked. */
  | {
      readonly kind: 'asked';
      readonly turnId: string;
      readonly epoch: number;
      readonly modelId: string;
      readonly at: number;
    }
  /** A piece of an answer; `index` is where it starts, in UTF-16 units. */
  | {
      readonly kind: 'chunk';
      readonly turnId: string;
      readonly epoch: number;
      readonly index: number;
      readonly text: string;
      readonly modelId: string;
    }
  /** An answer ended without an entry: it failed, or was stopped, before its first word. */
  | {
      readonly kind: 'unanswered';
      readonly turnId: string;
      readonly end: AnswerEnd;
      readonly failure: string | null;
      readonly retryAfterMs?: number;
      readonly usage?: Usage;
    }
  | { readonly kind: 'typing'; readonly from: 'user' | 'admin'; readonly userId: string; readonly origin: string }
  /** Stop the running answer. */
  | { readonly kind: 'cancel'; readonly turnId: string }
  /** The connection to the person who holds the floor in that epoch was lost, or is there again. */
  | { readonly kind: 'presence'; readonly epoch: number; readonly isAway: boolean }
  /** A user asks for a person; rung on the channel of the help desk, not on that of the session. */
  | { readonly kind: 'help'; readonly sessionId: string; readonly userId: string; readonly place: number }
  /** The session was deleted. */
  | { readonly kind: 'deleted' };

/**
 * At most once, in the publisher's order per session. Publishing never calls a handler synchronously, and the publisher's own replica hears it by the
 * same path as every other. It never rejects: what is lost is found by reading the log.
 */
export interface Bus {
  readonly kind: 'local' | 'redis' | 'mongodb';
  publish(sessionId: string, event: SessionEvent): void;
  /** Hears the events of one session until the returned function is called. */
  subscribe(sessionId: string, handler: (event: SessionEvent) => void): () => void;
  close(): Promise<void>;
}
