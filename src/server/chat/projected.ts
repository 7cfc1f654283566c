// Station: chat. A session as the projector sees it. Implemented by live-session.
import type { Projection } from '../ports/store.js';

/** A session whose projection is to be written. `isUnwritten` is the projector's own: set when it was told, cleared when it takes the projection. */
export interface Projected {
  readonly id: string;
  readonly projection: Projection;
  isUnwritten: boolean;
}
