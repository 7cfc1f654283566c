// Station: chat. A socket as a live session sees it: somebody to tell. Called by live-session and turn-run; seat adds where it sits.
import type { OutboundFrame } from '../../protocol/outbound.js';
import { type Participant, SharedFrame } from '../ports/participant.js';
import type { FloorHolder } from '../ports/store.js';

/** Somebody who hears what happens in a session. */
export class Listener {
  readonly participant: Participant;
  /** While it catches up from the log, live frames pass it by; it finds them in the log. */
  isReplaying = false;

  constructor(participant: Participant) {
    this.participant = participant;
  }

  /** The floor is that holder's from here on. Most sockets need do nothing about it. */
  floorMoved(_holder: FloorHolder): void {}

  /** Sends a frame to this socket alone. */
  tell(frame: OutboundFrame): void {
    this.participant.send(new SharedFrame(frame));
  }
}
