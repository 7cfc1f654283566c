// Station: chat. A socket's place: the session that it talks in. Called by attachment (moves it), sends and replay.
import type { Participant } from '../ports/participant.js';
import type { DeskSeat } from './desk-seat.js';
import { Place } from './place.js';

/** A socket and the session that it talks in: a live one, or an id that is reserved until the first stored frame. */
export class Seat extends Place {
  reservedId = '';
  /** True after `?new=1`: its first message makes a session of its own. */
  isFresh = false;
  /** An id that the client made up and goes on using for the session that it talks in (PROTOCOL.md). */
  alias: string | null = null;
  typingAt = Number.NEGATIVE_INFINITY;
  /** Of an admin: the sessions of others that this socket is in, the one that was joined last at the end. Null before the first. */
  desk: Map<string, DeskSeat> | null = null;

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
