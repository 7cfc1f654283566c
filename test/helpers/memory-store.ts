// Station: test/helpers. The store port in memory, as short as its promises allow, for tests of the core that need no file. Called by unit tests.
import { firstProjection } from '../../src/server/ports/first-projection.js';
import {
  type Aside,
  type LogEntry,
  type Projection,
  type Session,
  type Store,
  StoreError,
  type Turn,
  type TurnGuard,
} from '../../src/server/ports/store.js';

/** A store in memory, and what lies in it. */
export interface MemoryStore extends Store {
  readonly sessions: Map<string, Session>;
  readonly logs: Map<string, LogEntry[]>;
  readonly turns: Map<string, Turn>;
  /** Until when each session is attached somewhere. */
  readonly attached: Map<string, number>;
}

/** Makes an empty store. Lists and metrics are not offered. */
export function createMemoryStore(): MemoryStore {
  const sessions = new Map<string, Session>();
  const logs = new Map<string, LogEntry[]>();
  const turns = new Map<string, Turn>();
  const attached = new Map<string, number>();
  const notes = new Map<string, string>();
  let asides: readonly Aside[] = [];
  const logOf = (id: string) => logs.get(id) ?? [];
  const isActive = ({ projection }: Session) => projection.endedAt === null;
  const notOffered = async () => {
    throw new StoreError('invalid', 'not offered in memory');
  };

  const isUnfinished = ({ state }: Turn) => state === 'pending' || state === 'running';

  function makeTurn(turn: Turn): 'created' | 'taken' {
    const isOther = (each: Turn) => each.sessionId === turn.sessionId && isUnfinished(each);
    if (turns.has(turn.id) || !sessions.has(turn.sessionId)) return 'taken';
    if (isUnfinished(turn) && [...turns.values()].some(isOther)) return 'taken';
    turns.set(turn.id, turn);
    return 'created';
  }

  function holds(turn: Turn, guard: TurnGuard): boolean {
    if ('lapsedBefore' in guard) return isUnfinished(turn) && turn.leaseUntil < guard.lapsedBefore;
    return turn.state === 'running' && turn.owner === guard.owner && turn.epoch === guard.epoch;
  }

  return {
    sessions,
    logs,
    turns,
    attached,
    kind: 'sqlite',
    ping: async () => undefined,
    close: async () => undefined,
    async createSession(seed) {
      const isTaken = [...sessions.values()].some(
        ({ id, userId, ordinal }) => id === seed.id || (userId === seed.userId && ordinal === seed.ordinal),
      );
      if (isTaken) return 'taken';
      sessions.set(seed.id, { ...seed, projection: firstProjection(seed), shareToken: null });
      logs.set(seed.id, []);
      return 'created';
    },
    session: async (id) => sessions.get(id) ?? null,
    sessionByShareToken: async (token) => [...sessions.values()].find(({ shareToken }) => shareToken === token) ?? null,
    async activeSession(userId) {
      const own = [...sessions.values()].filter((session) => session.userId === userId);
      const newest = own
        .filter(isActive)
        .sort((one, other) => other.projection.lastActivityAt - one.projection.lastActivityAt);
      return { session: newest[0] ?? null, lastOrdinal: Math.max(0, ...own.map(({ ordinal }) => ordinal)) };
    },
    share: notOffered,
    unshare: notOffered,
    async deleteSession(id) {
      sessions.delete(id);
      logs.delete(id);
      asides = asides.filter(({ sessionId }) => sessionId !== id);
      for (const turn of turns.values()) if (turn.sessionId === id) turns.delete(turn.id);
    },
    async append(id, seq, entry, turn) {
      const log = logs.get(id);
      if (log === undefined) return { kind: 'gone' };
      const existing =
        entry.kind === 'message'
          ? log.find(
              ({ entry: each }) =>
                each.kind === 'message' && each.sender === entry.sender && each.messageId === entry.messageId,
            )
          : undefined;
      if (existing !== undefined) return { kind: 'duplicate', existing };
      if (seq !== log.length + 1) return { kind: 'conflict' };
      log.push({ seq, entry });
      if (turn === undefined || makeTurn(turn) === 'created') return { kind: 'appended' };
      return { kind: 'appended', turn: 'taken' };
    },
    async entries(id, { after = 0, before = Number.POSITIVE_INFINITY, limit, newest, messagesOnly }) {
      const found = logOf(id).filter(
        ({ seq, entry }) => seq > after && seq < before && (messagesOnly !== true || entry.kind === 'message'),
      );
      return newest === true ? found.slice(-limit) : found.slice(0, limit);
    },
    entryOf: async (id, sender, messageId) =>
      logOf(id).find(
        ({ entry }) => entry.kind === 'message' && entry.sender === sender && entry.messageId === messageId,
      ) ?? null,
    heads: async (ids) => new Map(ids.filter((id) => sessions.has(id)).map((id) => [id, logOf(id).length])),
    async project(changes) {
      for (const { sessionId, projection } of changes) {
        const session = sessions.get(sessionId);
        if (session !== undefined && session.projection.seq < projection.seq)
          sessions.set(sessionId, { ...session, projection });
      }
    },
    unprojected: async (olderThan, limit) =>
      [...sessions.values()]
        .filter(({ id, projection }) =>
          logOf(id).some(({ seq, entry }) => seq > projection.seq && entry.at < olderThan),
        )
        .slice(0, limit)
        .map(({ id }) => id),
    async putAside(aside) {
      if (!sessions.has(aside.sessionId)) return 'gone';
      if (asides.some(({ sessionId, id }) => sessionId === aside.sessionId && id === aside.id)) return 'taken';
      asides = [...asides, aside];
      return 'kept';
    },
    asides: async (id, limit) =>
      asides
        .filter(({ sessionId }) => sessionId === id)
        .sort((one, other) => one.seq - other.seq || one.at - other.at || (one.id < other.id ? -1 : 1))
        .slice(-limit),
    async latestTurn(id) {
      const own = [...turns.values()].filter(({ sessionId }) => sessionId === id);
      return own.sort((one, other) => other.promptSeq - one.promptSeq || other.attempt - one.attempt)[0] ?? null;
    },
    turn: async (id) => turns.get(id) ?? null,
    createTurn: async (turn) => makeTurn(turn),
    async claimTurn(id, claim) {
      const turn = turns.get(id);
      if (turn?.state !== 'pending') return null;
      const claimed: Turn = { ...turn, ...claim, state: 'running', epoch: turn.epoch + 1 };
      turns.set(id, claimed);
      return claimed;
    },
    async checkpointTurn(id, guard, text, leaseUntil) {
      const turn = turns.get(id);
      if (turn === undefined || !holds(turn, guard)) return 'lost';
      turns.set(id, { ...turn, text, leaseUntil });
      return 'kept';
    },
    async endTurn(id, guard, outcome) {
      const turn = turns.get(id);
      if (turn === undefined || !holds(turn, guard)) return null;
      const ended: Turn = { ...turn, ...outcome };
      turns.set(id, ended);
      return ended;
    },
    async settleTurns(ids) {
      for (const id of ids) {
        const turn = turns.get(id);
        if (turn !== undefined) turns.set(id, { ...turn, settled: true });
      }
    },
    unsettledTurns: async (lapsedBefore, limit) =>
      [...turns.values()].filter(({ settled, leaseUntil }) => !settled && leaseUntil < lapsedBefore).slice(0, limit),
    listSessions: notOffered,
    metrics: notOffered,
    idleSessions: async (before, now, limit) =>
      [...sessions.values()]
        .filter((session) => isActive(session) && isIdle(session.projection, before))
        .filter(({ id }) => (attached.get(id) ?? 0) <= now)
        .slice(0, limit)
        .map(({ id }) => id),
    async keepAttached(ids, until) {
      for (const id of ids) attached.set(id, Math.max(until, attached.get(id) ?? 0));
    },
    expiredSessions: async (before, limit) =>
      [...sessions.values()]
        .filter((session) => !isActive(session) && session.projection.lastActivityAt < before)
        .slice(0, limit)
        .map(({ id }) => id),
    // Ordinals are counted from the sessions that are there, so that of a user without sessions nothing is known.
    forgetUser: async () => undefined,
    note: async (name) => notes.get(name) ?? null,
    notes: async (prefix) =>
      [...notes].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => ({ name, value })),
    async putNote(name, expected, value) {
      if ((notes.get(name) ?? null) !== expected) return false;
      notes.set(name, value);
      return true;
    },
    dropNote: async (name, expected) => notes.get(name) === expected && notes.delete(name),
  };
}

function isIdle({ lastActivityAt, helpRequested, floor }: Projection, before: number): boolean {
  return lastActivityAt < before && !helpRequested && floor.kind === 'ai';
}
