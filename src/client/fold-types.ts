// Station: client. What folding a frame takes and gives. Called by fold and its parts.
import type { ReceivedFrame } from './parse-frame.js';
import type { Alert, EndedTurn, Snapshot } from './snapshot.js';

/** What a frame asks the client to do, beside the new state. */
export type Effect =
  /** A send is stored. */
  | { readonly kind: 'acked'; readonly messageId: string; readonly seq: number; readonly sessionId: string | null }
  /** A send was refused. */
  | { readonly kind: 'refused'; readonly messageId: string; readonly error: NonNullable<ReceivedFrame['error']> }
  /** Something before this frame is missing: ask for it. */
  | { readonly kind: 'gap' }
  /** More was missed than a resume replays: read what comes after this seq over HTTP. */
  | { readonly kind: 'truncated'; readonly afterSeq: number }
  /** The client has less of this message than the server: read it over HTTP. */
  | { readonly kind: 'fetch'; readonly seq: number }
  | { readonly kind: 'token_expiring' }
  | { readonly kind: 'draining'; readonly retryAfterMs: number };

/** What folding needs beside state and frame. */
export interface FoldContext {
  readonly nowMs: number;
  readonly maxTimeline: number;
  readonly maxAlerts: number;
  /** As whom this client speaks: what it sent and has the ack of is said by them. */
  readonly self: 'user' | 'admin';
  /** True when a resume was asked for from here and brought nothing: then a jump of seq is taken as it is. */
  readonly mayJump: boolean;
}

/** The new state, and what to do. */
export interface Folded {
  readonly state: Snapshot;
  readonly effects: readonly Effect[];
}

/** A state that asks for nothing. */
export function quiet(state: Snapshot): Folded {
  return { state, effects: [] };
}

/** The alerts with one more. */
export function withAlert(state: Snapshot, alert: Alert, context: FoldContext): readonly Alert[] {
  return [...state.alerts, alert].slice(-context.maxAlerts);
}

/** The ended turns with one more, or with what is newly known of it. The reason of a failure comes in an error frame before the end. */
export function withEnded(state: Snapshot, turn: Omit<EndedTurn, 'error'>, context: FoldContext): readonly EndedTurn[] {
  const known = state.endedTurns.find(({ turnId }) => turnId === turn.turnId);
  const isCut = turn.end === 'failed' || turn.end === 'interrupted';
  const alert = isCut ? state.alerts.findLast(({ turnId }) => turnId === turn.turnId) : undefined;
  const merged = { ...turn, seq: turn.seq ?? known?.seq ?? null, error: alert?.message ?? known?.error ?? null };
  const others = state.endedTurns.filter(({ turnId }) => turnId !== turn.turnId);
  return [...others, merged].slice(-context.maxAlerts);
}
