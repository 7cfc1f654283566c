// Station: chat. A place of an admin's socket in a session of somebody else: as the one who holds it, or reading along. Called by desk.
import type { Participant } from '../ports/participant.js';
import type { FloorHolder } from '../ports/store.js';
import type { LiveSession } from './live-session.js';
import { Place } from './place.js';

/** One of the sessions that an admin's socket is in; there may be several (finding H6). */
export class DeskSeat extends Place {
  /** It speaks for the admin who holds the floor, and keeps the lease. */
  isJoined = false;
  /** It was asked to read along, and goes on when the floor is given back. */
  isWatching = false;
  typingAt = Number.NEGATIVE_INFINITY;
  readonly #out: (seat: DeskSeat) => void;

  /** `out` takes it away when its admin does not hold the floor any more. */
  constructor(participant: Participant, session: LiveSession, out: (seat: DeskSeat) => void) {
    super(participant);
    this.session = session;
    this.#out = out;
  }

  override floorMoved(holder: FloorHolder): void {
    if (!this.isJoined || (holder.kind === 'admin' && holder.id === this.participant.user.id)) return;
    this.isJoined = false;
    if (!this.isWatching) this.#out(this);
  }
}
