// Station: test/helpers. Values of the store port, as small as a test can say them. Called by the store's tests.
import { firstProjection } from '../../src/server/ports/first-projection.js';
import type { Entry, MessageEntry, Projection, SessionSeed, Turn } from '../../src/server/ports/store.js';

/** When the sessions of tests start, in milliseconds since the epoch. */
export const testEpochMs = Date.UTC(2026, 0, 1);

/** What a session is born with; its id defaults to the user's id and ordinal. */
export function seedOf(seed: Partial<SessionSeed> = {}): SessionSeed {
  const userId = seed.userId ?? 'ann';
  const ordinal = seed.ordinal ?? 1;
  return { id: `${userId}-${ordinal}`, userId, ordinal, startedAt: testEpochMs, name: 'Chat', modelId: null, ...seed };
}

/** A projection of a session that was just made. */
export function projectionOf(projection: Partial<Projection> = {}): Projection {
  return {
    ...firstProjection({ id: '', userId: '', ordinal: 1, startedAt: testEpochMs, name: '', modelId: null }),
    seq: 1,
    name: 'Chat',
    ...projection,
  };
}

/** A user's message. */
export function messageOf(
  messageId: string,
  message: Partial<MessageEntry> & { readonly at?: number } = {},
): Entry & MessageEntry {
  return {
    at: testEpochMs,
    kind: 'message',
    sender: 'user',
    type: 'user_message',
    messageId,
    authorId: 'ann',
    authorName: 'Ann',
    content: `text of ${messageId}`,
    ...message,
  };
}

/** A turn that nobody has claimed. */
export function turnOf(turn: Partial<Turn> & Pick<Turn, 'sessionId'>): Turn {
  const promptSeq = turn.promptSeq ?? 1;
  const attempt = turn.attempt ?? 1;
  return {
    id: `${turn.sessionId}:${promptSeq}:${attempt}`,
    promptSeq,
    attempt,
    throughSeq: promptSeq,
    state: 'pending',
    owner: null,
    epoch: 0,
    leaseUntil: testEpochMs,
    modelId: 'echo',
    startedAt: testEpochMs,
    text: '',
    usage: null,
    end: null,
    elapsedMs: 0,
    failure: null,
    settled: false,
    ...turn,
  };
}
