// Station: client. Folds what the model says: loading, chunks, the end. Pure. Called by fold.
import { endOf, lengthOf, withChunk } from './answer.js';
import { type FoldContext, type Folded, quiet, withEnded } from './fold-types.js';
import type { ReceivedFrame } from './parse-frame.js';
import type { Snapshot, TimelineMessage } from './snapshot.js';
import { withEntry } from './timeline.js';

/** The model was asked. Said again after a resume, it changes nothing. */
export function foldLoading(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  const turnId = frame.turn_id;
  if (turnId === undefined || state.answer?.turnId === turnId || hasEnded(state, turnId)) return quiet(state);
  const answer = { turnId, text: '', modelId: frame.model_id ?? null, startedAtMs: context.nowMs };
  return quiet({ ...state, answer });
}

/** A chunk, the last frame of an answer, or a whole answer in one. */
export function foldAnswer(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  return frame.metadata?.done === 'true' ? foldEnd(state, frame, context) : foldChunk(state, frame, context);
}

function foldChunk(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  const turnId = frame.turn_id;
  if (turnId === undefined || hasEnded(state, turnId)) return quiet(state);
  const chunk = { index: frame.index, text: frame.content ?? '', modelId: frame.model_id ?? null };
  const result = withChunk(state.answer, turnId, chunk, context.nowMs);
  switch (result.kind) {
    case 'known':
      return quiet(state);
    case 'grown':
      return quiet({ ...state, answer: result.answer });
    case 'gap':
      return { state: { ...state, answer: result.answer }, effects: [{ kind: 'gap' }] };
  }
}

function foldEnd(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  const { seq, turn_id: turnId } = frame;
  const running = turnId !== undefined && state.answer?.turnId === turnId ? state.answer : null;
  const end = endOf(frame.metadata);
  const over: Snapshot = {
    ...state,
    answer: running === null ? state.answer : null,
    endedTurns: turnId === undefined ? state.endedTurns : withEnded(state, { turnId, end, seq: seq ?? null }, context),
  };
  if (seq === undefined) return quiet(over);
  const said = frame.content !== undefined && frame.content !== '' ? frame.content : (running?.text ?? '');
  const length = lengthOf(frame.metadata) ?? said.length;
  const message: TimelineMessage = {
    kind: 'message',
    seq,
    messageId: frame.message_id ?? null,
    type: frame.type,
    sender: 'ai',
    adminName: null,
    content: said.slice(0, length),
    timestamp: frame.timestamp,
    modelId: frame.model_id ?? running?.modelId ?? null,
    turnId: turnId ?? null,
    end,
    fileId: null,
    fileUrl: null,
    isPartial: said.length < length,
    isUnreadable: frame.metadata?.unreadable !== undefined,
  };
  const timeline = withEntry(over.timeline, message, context.maxTimeline);
  return { state: { ...over, timeline }, effects: message.isPartial ? [{ kind: 'fetch', seq }] : [] };
}

function hasEnded(state: Snapshot, turnId: string): boolean {
  return state.endedTurns.some((turn) => turn.turnId === turnId);
}
