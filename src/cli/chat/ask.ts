// Station: cli/chat. One message and its answer on stdout. Called for --message and for each line of a pipe.
import { type Answered, answerOf } from '../../client/answer-of.js';
import type { ChatClient } from '../../client/chat-client.js';
import { ChatError } from '../../client/chat-error.js';
import { systemClock } from '../../common/clock.js';
import { endMark } from '../ui/words.js';

/** How to ask. */
export interface AskStyle {
  readonly modelId: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Gets the answer piece by piece. */
  readonly onText: (text: string) => void;
}

/** How asking ended: `problem` says why there is no whole answer; null when there is one. */
export interface Asked {
  readonly problem: string | null;
  /** Something to know all the same. */
  readonly note: string | null;
}

/** Sends `content` and waits for its answer. Rejects with ChatError `stopped` only; all else is a problem. */
export async function ask(client: ChatClient, content: string, style: AskStyle): Promise<Asked> {
  const before = client.snapshot;
  const late = new AbortController();
  const timer = systemClock.after(style.timeoutMs, () => late.abort());
  const signal = AbortSignal.any([style.signal, late.signal]);
  try {
    const sent = await client.send(content, style.modelId === undefined ? {} : { modelId: style.modelId });
    return askedFrom(await answerOf(client, { sent, before, signal, onText: style.onText }));
  } catch (cause) {
    if (!(cause instanceof ChatError) || cause.code === 'stopped') throw cause;
    if (late.signal.aborted) return { problem: `no whole answer within ${style.timeoutMs / 1_000} s`, note: null };
    return { problem: cause.message, note: null };
  } finally {
    timer.cancel();
  }
}

function askedFrom(answered: Answered): Asked {
  if (answered.kind === 'held') {
    return {
      problem: null,
      note: `${answered.name || 'A person'} has this conversation and got your message; the model is silent.`,
    };
  }
  switch (answered.end) {
    case 'complete':
      return { problem: null, note: null };
    case 'length':
      return { problem: null, note: `the answer was ${endMark('length').slice(1, -1)}` };
    case 'interrupted':
      return { problem: answered.error ?? 'the answer was interrupted', note: null };
    case 'cancelled':
      return { problem: 'the answer was stopped', note: null };
    case 'failed':
      return { problem: answered.error ?? 'the model did not answer', note: null };
  }
}
