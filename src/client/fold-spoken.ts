// Station: client. Folds what people say, and the acks of what this client said. Pure. Called by fold.
import { type Effect, type FoldContext, type Folded, withAlert } from './fold-types.js';
import { adminNameOf, type ReceivedFrame } from './parse-frame.js';
import type { PendingSend, Snapshot, TimelineMessage } from './snapshot.js';
import { withEntry } from './timeline.js';

/** A message of a participant. One that this client sent and has no ack of (replayed on a new socket) is acked by it. */
export function foldSpoken(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  const { seq, message_id: messageId } = frame;
  if (seq === undefined) return { state, effects: [] };
  const message = messageOf(frame, seq, frame.content ?? '', state);
  const timeline = withEntry(state.timeline, message, context.maxTimeline);
  const isOwn = messageId !== undefined && state.pending.some((send) => send.messageId === messageId);
  if (!isOwn) return { state: { ...state, timeline, typingAtMs: null }, effects: [] };
  const effects: Effect[] = [{ kind: 'acked', messageId, seq, sessionId: frame.session_id ?? null }];
  return { state: { ...state, timeline, pending: without(state.pending, messageId) }, effects };
}

/** A send is stored. Its content is taken from what waits; an ack of something forgotten has its message read over HTTP. */
export function foldAck(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  const { seq, message_id: messageId } = frame;
  if (seq === undefined || messageId === undefined) return { state, effects: [] };
  const acked: Effect = { kind: 'acked', messageId, seq, sessionId: frame.session_id ?? null };
  const send = state.pending.find((waiting) => waiting.messageId === messageId);
  if (send === undefined) {
    const isShown = state.timeline.some((entry) => entry.seq === seq);
    return { state, effects: isShown ? [acked] : [acked, { kind: 'fetch', seq }] };
  }
  const spoken = { ...frame, type: 'user_message', sender: context.self };
  const message = messageOf(spoken, seq, send.content, state);
  const timeline = withEntry(state.timeline, message, context.maxTimeline);
  return { state: { ...state, timeline, pending: without(state.pending, messageId) }, effects: [acked] };
}

/** An error: kept as an alert; a send that it names is refused, a turn that it names gets its reason. */
export function foldError(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  const { error, message_id: messageId, turn_id: turnId } = frame;
  if (error === undefined) return { state, effects: [] };
  const { code, message, retry_after: retryAfterMs = null } = error;
  const alert = { kind: 'error', code, message, retryAfterMs, turnId: turnId ?? null, atMs: context.nowMs } as const;
  const alerts = withAlert(state, alert, context);
  const endedTurns = state.endedTurns.map((turn) => (turn.turnId === turnId ? { ...turn, error: message } : turn));
  const send = state.pending.find((waiting) => waiting.messageId === messageId && waiting.status === 'sending');
  if (send === undefined) return { state: { ...state, alerts, endedTurns }, effects: [] };
  const pending = state.pending.map(
    (waiting): PendingSend => (waiting === send ? { ...send, status: 'failed', error: message } : waiting),
  );
  return {
    state: { ...state, alerts, endedTurns, pending },
    effects: [{ kind: 'refused', messageId: send.messageId, error }],
  };
}

/** A frame of a message as a line of the timeline. Where the frame of an admin names nobody, it is who holds the session: nobody else may speak. */
function messageOf(frame: ReceivedFrame, seq: number, content: string, { floor }: Snapshot): TimelineMessage {
  const holder = frame.sender === 'admin' && floor.holder === 'admin' ? floor.name : null;
  return {
    kind: 'message',
    seq,
    messageId: frame.message_id ?? null,
    type: frame.type,
    sender: frame.sender ?? 'user',
    adminName: adminNameOf(frame) ?? holder,
    content,
    timestamp: frame.timestamp,
    modelId: frame.model_id ?? null,
    turnId: null,
    end: null,
    fileId: frame.file_id ?? null,
    fileUrl: frame.file_url ?? null,
    isPartial: false,
    isUnreadable: frame.metadata?.unreadable !== undefined,
  };
}

function without(pending: readonly PendingSend[], messageId: string): readonly PendingSend[] {
  return pending.filter((send) => send.messageId !== messageId);
}
