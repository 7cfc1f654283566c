// Station: chat. What a socket missed, in order, paced by the socket, then live. Called by attachment.

import { limits } from '../../protocol/limits.js';
import type { Answer } from './answer.js';
import type { AttachRequest } from './api.js';
import type { ChatContext } from './context.js';
import { chunkFrame, frameOfEntry, loadingFrame, sessionStatus, stamp, unansweredFrame } from './frames.js';
import type { LiveSession } from './live-session.js';
import type { Place } from './place.js';

const pageSize = 100;

/** Replays entries after `lastSeq` to a seat whose `isReplaying` is set; when it returns, the seat is live. At most 500 entries, then `truncated`. */
export async function replay(
  seat: Place,
  session: LiveSession,
  ask: AttachRequest & { readonly lastSeq: number },
  context: ChatContext,
): Promise<void> {
  let cursor = ask.lastSeq;
  let sent = 0;
  try {
    while (sent < limits.resumeEntries && cursor < session.delivered) {
      const limit = Math.min(pageSize, limits.resumeEntries - sent);
      const page = await context.store.entries(session.id, { after: cursor, before: session.delivered + 1, limit });
      if (page.length === 0) break;
      for (const log of page) {
        if (seat.session !== session || seat.participant.isClosed) return;
        seat.tell(frameOfEntry(session.id, log, true));
        cursor = log.seq;
        sent += 1;
      }
      await seat.participant.drained();
    }
  } finally {
    // From here to the return nothing waits, so no entry falls between replay and live.
    seat.isReplaying = false;
  }
  if (seat.session !== session || seat.participant.isClosed) return;
  if (cursor < session.delivered) tellTruncated(seat, session, cursor, context);
  await tellAnswer(seat, session, ask, context);
}

function tellTruncated(seat: Place, session: LiveSession, through: number, context: ChatContext): void {
  const metadata = {
    status: 'resumed',
    truncated: 'true',
    through: String(through),
    last_seq: String(session.delivered),
  };
  seat.tell(sessionStatus(session.id, context.clock.now(), metadata));
}

/** The running answer from where the client has it; or, when the turn that it waits for left no entry, the end of its waiting. */
export async function tellAnswer(
  seat: Place,
  session: LiveSession,
  ask: AttachRequest,
  context: ChatContext,
): Promise<void> {
  // One that a person cut is not told on: what is kept of it comes with its end.
  const answer =
    session.answer !== null && session.answer.epoch >= session.projection.floorEpoch ? session.answer : null;
  if (answer !== null) tellRunning(seat, session, answer, ask, context);
  if (ask.turnId === undefined || ask.turnId === answer?.turnId) return;
  const turn = await context.store.turn(ask.turnId);
  if (turn === null || turn.sessionId !== session.id || turn.text !== '' || turn.end === null) return;
  seat.tell(unansweredFrame(session.id, context.clock.now(), turn.id, turn.end));
}

/** The running answer so far, from where the client has it. */
export function tellRunning(
  seat: Place,
  session: LiveSession,
  answer: Answer,
  ask: AttachRequest,
  context: ChatContext,
): void {
  const isKnown = ask.turnId === answer.turnId;
  const index = isKnown ? Math.min(ask.index ?? 0, answer.text.length) : 0;
  if (!isKnown) seat.tell(loadingFrame(session.id, answer.askedAt, answer.turnId, answer.modelId));
  const text = answer.text.slice(index);
  if (text !== '') {
    seat.tell(
      chunkFrame(session.id, stamp(context.clock.now()), {
        turnId: answer.turnId,
        modelId: answer.modelId,
        index,
        text,
      }),
    );
  }
}
