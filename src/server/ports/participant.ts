// Station: ports. A socket as the core sees it. Implemented by door/connection; called by chat.
import type { OutboundFrame } from '../../protocol/outbound.js';

/** Who is at a socket, as the token said. */
export interface User {
  readonly id: string;
  /** At most 100 code points (finding L2). */
  readonly name: string;
  readonly isAdmin: boolean;
}

/** What goes on the wire: bytes, or a text of which each unit is one byte (Latin-1). */
export type Wire = string | Uint8Array;

/** One frame for many sockets: made once per fan-out, its bytes made once by the first socket that needs them. */
export class SharedFrame {
  readonly frame: OutboundFrame;
  /** Somebody looks at an empty screen for it: it goes out at once, not with what else this turn of the event loop has to say. */
  readonly isAwaited: boolean;
  /** The door's own cache: the frame as it goes on the wire. */
  wire: Wire | null = null;

  constructor(frame: OutboundFrame, isAwaited = false) {
    this.frame = frame;
    this.isAwaited = isAwaited;
  }
}

/** A live socket. */
export interface Participant {
  /** Unique on this replica and across replicas. */
  readonly id: string;
  readonly user: User;
  /** Set by the core, for the core: the session that this socket talks in. */
  attachment: unknown;
  /** Queues a frame; never blocks, never throws. Over its bound the socket closes itself with 4408. Frames of one turn's chunks may be joined while they wait. */
  send(frame: SharedFrame): void;
  /** Resolves when little is queued (for paced replay), or when the socket is gone. */
  drained(): Promise<void>;
  /** True once the socket is closing or closed; what is sent then is dropped. */
  readonly isClosed: boolean;
  close(code: number, reason: string): void;
}
