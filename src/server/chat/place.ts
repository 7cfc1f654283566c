// Station: chat. A socket's place in a session that is live. Called by replay; seat and desk-seat say whose it is.
import { Listener } from './listener.js';
import type { LiveSession } from './live-session.js';

/** Somebody who sits in a live session, or in none. */
export class Place extends Listener {
  session: LiveSession | null = null;
}
