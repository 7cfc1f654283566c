// Station: store/encryption. The layer over any store that seals what people say before it is stored. Called by adapters.
import type { Entry, Projection, Sealed, Store, Turn } from '../../ports/store.js';
import type { Keyring, Unopened } from './keyring.js';
import { opened, sealedTogether } from './sealed-together.js';
import { createSealing, type SealName, unreadableName } from './sealing.js';

/** Names that were sealed lately, so that a projection that is written again and again is not sealed again and again. */
const keptNames = 20_000;

/**
 * The same store, its texts sealed with the active key of the ring; without one they stay plain, and what was sealed before is still opened. What does not
 * open comes out as unreadable, by its type: never as ciphertext, and it keeps nobody from reading the rest.
 * @param onUnreadable told of each value that does not open, for a metric
 */
export function encrypted(inner: Store<Sealed>, keyring: Keyring, onUnreadable: (why: Unopened) => void): Store {
  const sealing = createSealing(keyring, onUnreadable);
  const { append, flush } = keyring.activeId === null ? plainly(inner, sealing) : sealedTogether(inner, sealing);
  const names = new Map<string, { readonly name: string; readonly sealed: string | Sealed }>();
  const openTurn = (turn: Turn<Sealed> | null): Turn | null => (turn === null ? null : sealing.openTurn(turn));

  const sealName: SealName = (name, place) => {
    const kept = names.get(place);
    if (kept?.name === name) return kept.sealed;
    const sealed = sealing.sealText(name, place);
    if (names.size >= keptNames) names.clear();
    names.set(place, { name, sealed });
    return sealed;
  };

  /** What this server cannot read it must not write over: the name that lies there stays. */
  async function nameOf(sessionId: string, name: string): Promise<string | Sealed> {
    if (name === unreadableName) return (await inner.session(sessionId))?.projection.name ?? name;
    return sealing.sealName(sessionId, name, sealName);
  }

  return {
    kind: inner.kind,
    ping: () => inner.ping(),
    close() {
      flush();
      return inner.close();
    },

    createSession: (seed) => inner.createSession(sealing.sealSeed(seed)),
    async session(id) {
      const session = await inner.session(id);
      return session === null ? null : sealing.openSession(session);
    },
    async sessionByShareToken(token) {
      const session = await inner.sessionByShareToken(token);
      return session === null ? null : sealing.openSession(session);
    },
    async activeSession(userId) {
      const { session, lastOrdinal } = await inner.activeSession(userId);
      return { session: session === null ? null : sealing.openSession(session), lastOrdinal };
    },
    share: (id, token) => inner.share(id, token),
    unshare: (id) => inner.unshare(id),
    deleteSession: (id) => inner.deleteSession(id),

    append,
    async entries(sessionId, range) {
      const found = await inner.entries(sessionId, range);
      return found.map((log) => sealing.openLog(sessionId, log));
    },
    async entryOf(sessionId, sender, messageId) {
      const found = await inner.entryOf(sessionId, sender, messageId);
      return found === null ? null : sealing.openLog(sessionId, found);
    },
    heads: (ids) => inner.heads(ids),
    async project(changes) {
      const sealed: { sessionId: string; projection: Projection<Sealed> }[] = [];
      for (const { sessionId, projection } of changes) {
        const name = await nameOf(sessionId, projection.name);
        sealed.push({ sessionId, projection: sealing.sealProjection(sessionId, projection, name, sealName) });
      }
      await inner.project(sealed);
    },
    unprojected: (olderThan, limit) => inner.unprojected(olderThan, limit),

    putAside: (aside) => inner.putAside(sealing.sealAside(aside)),
    async asides(sessionId, limit) {
      const found = await inner.asides(sessionId, limit);
      return found.flatMap((aside) => sealing.openAside(aside) ?? []);
    },

    latestTurn: async (sessionId) => openTurn(await inner.latestTurn(sessionId)),
    turn: async (id) => openTurn(await inner.turn(id)),
    createTurn: (turn) => inner.createTurn(sealing.sealTurn(turn)),
    claimTurn: async (id, claim) => openTurn(await inner.claimTurn(id, claim)),
    checkpointTurn: (id, guard, text, leaseUntil) =>
      inner.checkpointTurn(id, guard, sealing.sealTurnText(id, text), leaseUntil),
    endTurn: async (id, guard, outcome) =>
      openTurn(await inner.endTurn(id, guard, { ...outcome, text: sealing.sealTurnText(id, outcome.text) })),
    settleTurns: (ids) => inner.settleTurns(ids),
    async unsettledTurns(lapsedBefore, limit) {
      const found = await inner.unsettledTurns(lapsedBefore, limit);
      return found.map((turn) => sealing.openTurn(turn));
    },

    async listSessions(query) {
      const { sessions, next } = await inner.listSessions(query);
      return { sessions: sessions.map((session) => sealing.openSession(session)), next };
    },
    metrics: (window) => inner.metrics(window),
    idleSessions: (before, now, limit) => inner.idleSessions(before, now, limit),
    keepAttached: (ids, until) => inner.keepAttached(ids, until),
    expiredSessions: (before, limit) => inner.expiredSessions(before, limit),
    forgetUser: (userId) => inner.forgetUser(userId),

    note: (name) => inner.note(name),
    notes: (prefix) => inner.notes(prefix),
    putNote: (name, expected, value) => inner.putNote(name, expected, value),
    dropNote: (name, expected) => inner.dropNote(name, expected),
  } satisfies Store;
}

/** Appends where nothing is sealed; what was sealed before is still opened. */
function plainly(inner: Store<Sealed>, sealing: ReturnType<typeof createSealing>) {
  return {
    append: async (sessionId: string, seq: number, entry: Entry, turn: Turn | undefined) =>
      opened(sealing, sessionId, await inner.append(sessionId, seq, entry, turn)),
    flush: () => undefined,
  };
}
