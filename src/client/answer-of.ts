// Station: client. The answer to one send, as it is written. Called by commands that ask and wait.
import { type Clock, systemClock, type Timer } from '../common/clock.js';
import type { ChatClient } from './chat-client.js';
import { ChatError } from './chat-error.js';
import type { Sent } from './sends.js';
import type { AnswerEnd, Snapshot, TimelineMessage } from './snapshot.js';

/** How a send was answered; `held`: a person has the conversation, the model says nothing. */
export type Answered =
  | { readonly kind: 'answered'; readonly end: AnswerEnd; readonly error: string | null }
  | { readonly kind: 'held'; readonly name: string };

/** What to wait for. */
export interface AnswerRequest {
  readonly sent: Sent;
  /** What was known before the message was sent: answers of turns that are in it are to something else. */
  readonly before: Snapshot;
  /** Called with each further piece of the answer, in order. */
  readonly onText: (text: string) => void;
  readonly signal: AbortSignal;
  /** Default: the platform's. */
  readonly clock?: Clock;
}

/** The reason of a cut answer comes in a frame of its own, before or after the end; it is waited for this long, in milliseconds. */
const reasonWithinMs = 500;

/** Waits for the answer to a send that was acked. Rejects with ChatError: aborted by the signal, or stopped. */
export function answerOf(client: ChatClient, request: AnswerRequest): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { clock = systemClock } = request;
    let told = 0;
    let grace: Timer | null = null;
    let isGraceOver = false;
    const tellUpTo = (text: string): void => {
      if (text.length > told) request.onText(text.slice(told));
      told = Math.max(told, text.length);
    };
    const leave = (): void => {
      unsubscribe();
      grace?.cancel();
      request.signal.removeEventListener('abort', abort);
    };
    const abort = (): void => {
      leave();
      reject(new ChatError('aborted', 'Gave up waiting for the answer.'));
    };
    const look = (snapshot: Snapshot): void => {
      const { answer, connection } = snapshot;
      const message = answerMessage(snapshot, request);
      if (message !== null) tellUpTo(message.content);
      else if (answer !== null && !isEarlier(answer.turnId, request.before)) tellUpTo(answer.text);
      const answered = answeredBy(snapshot, request, message);
      if (answered !== null && lacksReason(answered) && !isGraceOver) {
        grace ??= clock.after(reasonWithinMs, () => {
          isGraceOver = true;
          look(client.snapshot);
        });
      } else if (answered !== null) {
        leave();
        resolve(answered);
      } else if (connection.kind === 'stopped') {
        leave();
        reject(new ChatError('stopped', connection.message));
      }
    };
    const unsubscribe = client.subscribe(look);
    request.signal.addEventListener('abort', abort);
    if (request.signal.aborted) abort();
    else look(client.snapshot);
  });
}

/** The message that answers: the first of the model after the send that is not of an earlier turn. Only whole: its rest may still be on its way. */
function answerMessage({ timeline }: Snapshot, { sent, before }: AnswerRequest): TimelineMessage | null {
  for (const entry of timeline) {
    if (entry.seq <= sent.seq || entry.kind !== 'message' || entry.sender !== 'ai' || entry.isPartial) continue;
    if (entry.turnId === null || !isEarlier(entry.turnId, before)) return entry;
  }
  return null;
}

function answeredBy(snapshot: Snapshot, { before }: AnswerRequest, message: TimelineMessage | null): Answered | null {
  if (message !== null) {
    const turn = snapshot.endedTurns.find(({ turnId }) => turnId === message.turnId);
    return { kind: 'answered', end: message.end ?? 'complete', error: turn?.error ?? null };
  }
  const unanswered = snapshot.endedTurns.find(({ seq, turnId }) => seq === null && !isEarlier(turnId, before));
  if (unanswered !== undefined) return { kind: 'answered', end: unanswered.end, error: unanswered.error };
  return snapshot.floor.holder === 'admin' ? { kind: 'held', name: snapshot.floor.name } : null;
}

function lacksReason(answered: Answered): boolean {
  return (
    answered.kind === 'answered' &&
    answered.error === null &&
    (answered.end === 'failed' || answered.end === 'interrupted')
  );
}

function isEarlier(turnId: string, before: Snapshot): boolean {
  return before.answer?.turnId === turnId || before.endedTurns.some((turn) => turn.turnId === turnId);
}
