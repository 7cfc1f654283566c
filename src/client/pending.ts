// Station: client. Sends that wait, as data: what may be sent, how it is written, how it fails. Pure. Called by chat-client.
import { withinCodePoints } from '../common/code-points.js';
import { limits } from '../protocol/limits.js';
import { ChatError } from './chat-error.js';
import type { PendingSend, Snapshot } from './snapshot.js';

/** Why this may not be sent now; null when it may. */
export function whyNotSend(state: Snapshot, content: string, maxPending: number): ChatError | null {
  const { connection, pending } = state;
  if (connection.kind === 'stopped') return new ChatError('stopped', connection.message);
  if (content.trim() === '') return new ChatError('invalid', 'There is nothing to send.');
  if (!withinCodePoints(content.trim(), limits.content)) {
    return new ChatError('invalid', `A message has at most ${limits.content} characters.`);
  }
  const waiting = pending.filter(({ status }) => status === 'sending').length;
  return waiting < maxPending ? null : new ChatError('queue_full', `${maxPending} messages wait already.`);
}

/** The state with one more send; a failed one of the same id is replaced, and failed ones are forgotten before `max` is exceeded. */
export function withSend(state: Snapshot, send: PendingSend, max: number): Snapshot {
  const others = state.pending.filter(({ messageId }) => messageId !== send.messageId);
  const excess = others.length + 1 - max;
  const dropped = new Set(others.filter(({ status }) => status === 'failed').slice(0, Math.max(0, excess)));
  return { ...state, pending: [...others.filter((other) => !dropped.has(other)), send] };
}

/** The state with a change to one send. */
export function withChanged(state: Snapshot, messageId: string, change: Partial<PendingSend>): Snapshot {
  return {
    ...state,
    pending: state.pending.map((send) => (send.messageId === messageId ? { ...send, ...change } : send)),
  };
}

/** The state with every waiting send failed for one reason; they stay, to be sent again or discarded. */
export function withAllFailed(state: Snapshot, error: string): Snapshot {
  if (!state.pending.some(({ status }) => status === 'sending')) return state;
  const pending = state.pending.map((send) =>
    send.status === 'sending' ? ({ ...send, status: 'failed', error } as const) : send,
  );
  return { ...state, pending };
}

/** A send as a frame. It names the session that it first went to, also on a later socket: there the server knows its id if it was stored. */
export function frameOfSend(send: PendingSend, sessionId: string | null): Record<string, unknown> {
  return {
    type: 'user_message',
    message_id: send.messageId,
    content: send.content,
    ...(sessionId === null ? {} : { session_id: sessionId }),
    ...(send.modelId === null ? {} : { model_id: send.modelId }),
  };
}
