// Station: chat. A socket's place: the session that it talks in. Called by attachment (moves it), sends and replay.
import type { Participant } from '../ports/participant.js';
import { Listener } from './listener.js';
import type { LiveSession } from './live-session.js';

/** A socket and the session that it talks in: a live one, or an id that is reserved until the first stored frame. */
export class Seat extends Listener {
  session: LiveSession | null = null;
  reservedId = '';
  /** True after `?new=1`: its first message makes a session of its own. */
  isFresh = false;
  /** An id that the client made up and goes on using for the session that it talks in (PROTOCOL.md). */
  alias: string | null = null;
  typingAt = Number.NEGATIVE_INFINITY;

  /** The id that frames to this socket carry. */
  get sessionId(): string {
    return this.session?.id ?? this.reservedId;
  }
}

/** The seat of a participant that was attached. */
export function seatOf(participant: Participant): Seat {
  if (participant.attachment instanceof Seat) return participant.attachment;
  throw new Error('a frame came from a socket that was never attached');
}
