// The store of goal 1, "acked, not stored": it says yes at once, and keeps of a session only what the core must read back. For benches alone.

import { fold } from '../../dist/server/chat/fold.js';
import { firstProjection } from '../../dist/server/ports/first-projection.js';

const yes = { kind: 'appended' };

/** A store port that forgets every entry once it is folded. Sessions, heads and who holds the floor are kept, so that the core finds its sessions as it left them. */
export function createForgetfulStore() {
  const sessions = new Map();
  const byUser = new Map();

  // What was forgotten lies below the projection, so that nobody looks for it.
  const view = ({ seed, projection, head }) => ({
    ...seed,
    projection: { ...projection, seq: head },
    shareToken: null,
  });
  const nothing = async () => undefined;

  return {
    kind: 'sqlite',
    ping: nothing,
    close: nothing,
    async createSession(seed) {
      if (sessions.has(seed.id)) return 'taken';
      const session = { seed, projection: firstProjection(seed), head: 0 };
      sessions.set(seed.id, session);
      byUser.set(seed.userId, session);
      return 'created';
    },
    async session(id) {
      const found = sessions.get(id);
      return found === undefined ? null : view(found);
    },
    sessionByShareToken: async () => null,
    async activeSession(userId) {
      const found = byUser.get(userId);
      return { session: found === undefined ? null : view(found), lastOrdinal: found?.seed.ordinal ?? 0 };
    },
    share: async (_, token) => token,
    unshare: nothing,
    deleteSession: nothing,
    async append(sessionId, seq, entry) {
      const session = sessions.get(sessionId);
      if (session === undefined) return { kind: 'gone' };
      if (seq !== session.head + 1) return { kind: 'conflict' };
      session.head = seq;
      if (entry.kind !== 'message') session.projection = fold(session.projection, { seq, entry });
      return yes;
    },
    entries: async () => [],
    entryOf: async () => null,
    heads: async (ids) => new Map(ids.flatMap((id) => (sessions.has(id) ? [[id, sessions.get(id).head]] : []))),
    async project(changes) {
      for (const { sessionId, projection } of changes) {
        const session = sessions.get(sessionId);
        if (session !== undefined) session.projection = projection;
      }
    },
    unprojected: async () => [],
    putAside: async () => 'kept',
    asides: async () => [],
    latestTurn: async () => null,
    turn: async () => null,
    createTurn: async () => 'taken',
    claimTurn: async () => null,
    checkpointTurn: async () => 'lost',
    endTurn: async () => null,
    settleTurns: nothing,
    unsettledTurns: async () => [],
    listSessions: async () => ({ sessions: [], next: null }),
    metrics: async () => {
      throw new Error('this store counts nothing');
    },
    idleSessions: async () => [],
    keepAttached: nothing,
    expiredSessions: async () => [],
    forgetUser: nothing,
    note: async () => null,
    notes: async () => [],
    putNote: async () => true,
    dropNote: async () => true,
  };
}
