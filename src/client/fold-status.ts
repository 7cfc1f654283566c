// Station: client. Folds what happens around the conversation: connection_status, joins and leaves, typing, notifications. Pure. Called by fold.
import { wholeNumber } from './answer.js';
import { type FoldContext, type Folded, quiet, withAlert } from './fold-types.js';
import type { ReceivedFrame } from './parse-frame.js';
import { emptySession, type Snapshot } from './snapshot.js';
import { withEntry } from './timeline.js';

/** Any `connection_status`. */
export function foldStatus(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  switch (frame.metadata?.status) {
    case 'connected':
    case 'resumed':
    case 'joined':
    case 'watching':
      return frame.metadata.truncated === 'true' ? foldTruncated(state, frame) : foldConnected(state, frame);
    case 'draining':
      return { state, effects: [{ kind: 'draining', retryAfterMs: wholeNumber(frame.metadata.retry_after) ?? 0 }] };
    case 'token_expiring':
      return { state, effects: [{ kind: 'token_expiring' }] };
    case 'model_changed':
      return noted({ ...state, modelId: frame.model_id ?? state.modelId }, frame, frame.model_id, context);
    case 'help_requested': {
      const help = { isRequested: true, queuePlace: wholeNumber(frame.metadata.queue_place) };
      return noted({ ...state, help }, frame, undefined, context);
    }
    case 'renamed':
      return noted(
        { ...state, sessionName: frame.metadata.name ?? state.sessionName },
        frame,
        frame.metadata.name,
        context,
      );
    case 'ended':
      return noted({ ...state, isEnded: true, answer: null }, frame, undefined, context);
    case 'admin_away':
      return quiet({ ...state, isAdminAway: true, typingAtMs: null });
    case 'admin_back':
      return quiet({ ...state, isAdminAway: false });
    case 'deleted':
      // What is said next begins another session.
      return quiet({ ...state, ...emptySession, isEnded: true });
    default:
      return noted(state, frame, undefined, context);
  }
}

/** The first frame of a connection, of another session on it, or of a resume. */
function foldConnected(state: Snapshot, frame: ReceivedFrame): Folded {
  const head = wholeNumber(frame.metadata?.last_seq);
  const isBehind = state.lastSeq !== null && head !== null && head > state.lastSeq;
  const { admin_id: id, admin_name: name = '' } = frame.metadata ?? {};
  const next: Snapshot = {
    ...state,
    userId: frame.user_id ?? state.userId,
    models: frame.models ?? state.models,
    modelId: frame.model_id ?? state.modelId,
    lastSeq: state.lastSeq ?? head,
    hasOlder: state.timeline.length === 0 ? (head ?? 0) > 0 : state.hasOlder,
    floor: id === undefined ? { holder: 'ai' } : { holder: 'admin', id, name },
    isAdminAway: frame.metadata?.admin_away === 'true',
    isEnded: frame.metadata?.state === 'ended',
    typingAtMs: null,
  };
  return { state: next, effects: isBehind && frame.metadata?.resumed !== 'true' ? [{ kind: 'gap' }] : [] };
}

/** A resume that left entries out: the client is taken to the head, and reads what lies between over HTTP. */
function foldTruncated(state: Snapshot, frame: ReceivedFrame): Folded {
  const head = wholeNumber(frame.metadata?.last_seq);
  if (head === null || state.lastSeq === null) return quiet(state);
  return { state: { ...state, lastSeq: head }, effects: [{ kind: 'truncated', afterSeq: state.lastSeq }] };
}

/** A person took the conversation, or gave it back. */
export function foldFloor(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  const name = frame.metadata?.admin_name ?? '';
  if (frame.type === 'admin_leave')
    return noted({ ...state, floor: { holder: 'ai' }, isAdminAway: false, typingAtMs: null }, frame, name, context);
  const floor = { holder: 'admin', id: frame.metadata?.admin_id ?? '', name } as const;
  const help = { isRequested: false, queuePlace: null };
  return noted({ ...state, floor, help, isAdminAway: false }, frame, name, context);
}

/** The other side types; the client forgets it after a while. */
export function foldTyping(state: Snapshot, context: FoldContext): Folded {
  return quiet({ ...state, typingAtMs: context.nowMs });
}

/** Something that the user should know. */
export function foldNotification(state: Snapshot, frame: ReceivedFrame, context: FoldContext): Folded {
  const alert = {
    kind: 'notification',
    code: frame.metadata?.status ?? frame.metadata?.code ?? 'notification',
    message: frame.content ?? frame.error?.message ?? '',
    retryAfterMs: null,
    turnId: null,
    atMs: context.nowMs,
  } as const;
  return quiet({ ...state, alerts: withAlert(state, alert, context) });
}

function noted(state: Snapshot, frame: ReceivedFrame, subject: string | undefined, context: FoldContext): Folded {
  if (frame.seq === undefined) return quiet(state);
  const what = frame.type === 'connection_status' ? (frame.metadata?.status ?? 'status') : frame.type;
  const notice = { kind: 'notice', seq: frame.seq, what, subject: subject ?? '', timestamp: frame.timestamp } as const;
  return quiet({ ...state, timeline: withEntry(state.timeline, notice, context.maxTimeline) });
}
