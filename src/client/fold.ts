// Station: client. One frame from the server becomes the next state and what to do about it. Pure. Called by chat-client for every frame.
import { foldAnswer, foldLoading } from './fold-answer.js';
import { foldAck, foldError, foldSpoken } from './fold-spoken.js';
import { foldFloor, foldNotification, foldStatus, foldTyping } from './fold-status.js';
import { type Effect, type FoldContext, type Folded, quiet } from './fold-types.js';
import type { ReceivedFrame } from './parse-frame.js';
import { emptySession, type Snapshot } from './snapshot.js';

/**
 * Folds one frame. A numbered frame counts only in its place in the log: one that was seen changes nothing but what it is the ack of, one that is ahead
 * waits for the resume that brings what lies between.
 */
export function fold(before: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  const state = inSessionOf(before, frame);
  const place = placeOf(state, frame, context);
  if (place === 'ahead') {
    const { state: next, effects } = isOwnSend(state, frame) ? apply(state, frame, context) : quiet(state);
    return { state: next, effects: [...effects, { kind: 'gap' }] satisfies Effect[] };
  }
  if (place === 'known' && !mayRepeat.has(frame.type)) return quiet(state);
  const folded = apply(state, frame, context);
  if (place !== 'next') return folded;
  return { ...folded, state: { ...folded.state, lastSeq: frame.seq ?? folded.state.lastSeq } };
}

/** Frames that may be applied again: their effect is keyed by seq, message id or turn. The others would bring an old floor or model back. */
const mayRepeat = new Set(['user_message', 'file_upload', 'voice_message', 'message_ack', 'ai_response']);

/** Frames whose session is the one that the socket talks in. An error may name another. */
const tellsSession = new Set([...mayRepeat, 'connection_status', 'loading', 'admin_join', 'admin_leave']);

function inSessionOf(state: Snapshot, frame: ReceivedFrame): Snapshot {
  const sessionId = frame.session_id;
  if (sessionId === undefined || sessionId === state.sessionId || !tellsSession.has(frame.type)) return state;
  return state.sessionId === null ? { ...state, sessionId } : { ...state, ...emptySession, sessionId };
}

function placeOf(state: Snapshot, frame: ReceivedFrame, context: FoldContext): 'none' | 'next' | 'known' | 'ahead' {
  if (frame.seq === undefined) return 'none';
  if (state.lastSeq === null || frame.seq === state.lastSeq + 1) return 'next';
  if (frame.seq <= state.lastSeq) return 'known';
  return context.mayJump ? 'next' : 'ahead';
}

function isOwnSend(state: Snapshot, frame: ReceivedFrame): boolean {
  return frame.message_id !== undefined && state.pending.some(({ messageId }) => messageId === frame.message_id);
}

function apply(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  switch (frame.type) {
    case 'connection_status':
      return foldStatus(state, frame, context);
    case 'user_message':
    case 'file_upload':
    case 'voice_message':
      return foldSpoken(state, frame, context);
    case 'message_ack':
      return foldAck(state, frame, context);
    case 'loading':
      return foldLoading(state, frame, context);
    case 'ai_response':
      return foldAnswer(state, frame, context);
    case 'admin_join':
    case 'admin_leave':
      return foldFloor(state, frame, context);
    case 'typing_indicator':
      return foldTyping(state, context);
    case 'notification':
      return foldNotification(state, frame, context);
    case 'error':
      return foldError(state, frame, context);
    default:
      // `pong`, and what a newer server may say.
      return quiet(state);
  }
}
