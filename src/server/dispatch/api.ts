// Station: dispatch. What the door hands to dispatch. Implemented by createDispatcher; called by door/connection.
import type { AttachRequest } from '../chat/api.js';
import type { Participant } from '../ports/participant.js';

/** A socket as dispatch sees it: a participant that can take a new token. */
export interface FrameSource extends Participant {
  /** Verifies a new token of the same user and forgets the old expiry. Rejects with WireError (INVALID_TOKEN, EXPIRED_TOKEN, UNAUTHORIZED). */
  refreshToken(token: string): Promise<void>;
  /** Called once for each frame given to dispatch, perhaps before that call returns: the frame was handled, or given up, and the next may come. `fault` is what went wrong beyond an error frame. */
  frameDone(fault?: unknown): void;
}

/** Turns frames into handler calls, and whatever they throw into exactly one error frame (finding M10). */
export interface Dispatcher {
  /** Attaches a socket that passed the door. Never rejects: a failure is one error frame, or a close. */
  opened(source: FrameSource, ask: AttachRequest): Promise<void>;
  /**
   * Handles one frame as it came off the wire, UTF-8 bytes of a text or binary frame. Never throws. Ends with `source.frameDone()`, so that the inbox can
   * bound what is in flight (finding R11). Frames of one source are handled in order: it is not called for the next before the last is done.
   * No promise: one for each step of a frame left an eighth of all that a frame leaves to the garbage collector.
   */
  frame(source: FrameSource, bytes: Buffer): void;
  closed(source: FrameSource): void;
}
