// Station: ports. The projection of a session whose log is empty: what every store writes when it makes one, and what chat's fold begins with.
import type { Projection, SessionSeed } from './store.js';

/** What a session is called before it has a name. */
export const unnamed = 'New chat';

/** The projection before the first entry. A seed without a name leaves the session unnamed, so that its first sentence names it. */
export function firstProjection<S = never>(seed: SessionSeed<S>): Projection<S> {
  return {
    seq: 0,
    name: seed.name === '' ? unnamed : seed.name,
    named: seed.name !== '',
    modelId: seed.modelId,
    lastActivityAt: seed.startedAt,
    messageCount: 0,
    floor: { kind: 'ai' },
    floorEpoch: 0,
    adminAssisted: false,
    assistingAdminId: null,
    assistingAdminName: null,
    helpRequested: false,
    waitingSeq: null,
    totalTokens: 0,
    responseCount: 0,
    responseTotalMs: 0,
    responseMaxMs: 0,
    endedAt: null,
  };
}
