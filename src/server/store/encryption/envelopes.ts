// Station: store/encryption. Envelopes of many values at once, sealed anew. Called by reseal-thread and reseal-worker, each on its thread.
import type { Keyring } from './keyring.js';

/** Envelopes, and at the same index where each lies: two flat lists, which cross between threads at little cost. */
export interface Envelopes {
  readonly envelopes: readonly string[];
  readonly places: readonly string[];
}

/** For each of some envelopes a new one; null for one that does not open. */
export type NewEnvelopes = readonly (string | null)[];

/** Seals what the envelopes hold anew, with the active key of the ring. */
export function newEnvelopes(keyring: Keyring, { envelopes, places }: Envelopes): NewEnvelopes {
  return envelopes.map((envelope, at) => keyring.reseal(envelope, places[at] ?? ''));
}
