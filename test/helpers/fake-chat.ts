// Station: test/helpers. The core as the HTTP routes see it, in memory: enough of ChatQueries for tests of routes, with every session given. Called by tests of
// door/http. What the real core does with the same calls is tested through the whole app.

import { WireError } from '../../src/protocol/errors.js';
import type { ChatQueries, History } from '../../src/server/chat/api.js';
import { firstProjection } from '../../src/server/ports/first-projection.js';
import type { User } from '../../src/server/ports/participant.js';
import type { LogEntry, Projection, Session, SessionMetrics, SessionQuery } from '../../src/server/ports/store.js';

/** A core in memory. Fields may be changed by a test at any time. */
export interface FakeChat extends ChatQueries {
  readonly sessions: Map<string, { session: Session; log: LogEntry[] }>;
  /** What `list` was asked, oldest first. */
  readonly listed: SessionQuery[];
  /** What `metrics` was asked, oldest first. */
  readonly windows: { from: number; to: number }[];
  /** What every call rejects with, once set. */
  failure: unknown;
  /** Makes a session with `contents` said by user and model in turn. */
  add(id: string, userId: string, contents?: readonly string[], projection?: Partial<Projection>): Session;
}

const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Numbers that `metrics` answers with. */
const fakeMetrics: SessionMetrics = {
  totalSessions: 7,
  activeSessions: 3,
  adminAssisted: 2,
  totalTokens: 1_234,
  responseCount: 4,
  responseTotalMs: 2_002,
  responseMaxMs: 900,
  averageConcurrent: 1.25,
  maxConcurrent: 5,
};

/** Makes a core without sessions. */
export function createFakeChat(): FakeChat {
  const sessions: FakeChat['sessions'] = new Map();

  const seen = (user: User, id: string): { session: Session; log: LogEntry[] } => {
    chat.check();
    const found = sessions.get(id);
    if (found === undefined || (found.session.userId !== user.id && !user.isAdmin)) {
      throw new WireError('NOT_FOUND', 'There is no such session.');
    }
    return found;
  };
  const change = (id: string, session: Session): Session => {
    const log = sessions.get(id)?.log ?? [];
    sessions.set(id, { session, log });
    return session;
  };
  const page = (
    found: { session: Session; log: LogEntry[] },
    limit: number,
    before = Number.POSITIVE_INFINITY,
  ): History => {
    const older = found.log.filter(({ seq }) => seq < before);
    return { session: found.session, messages: older.slice(-limit), truncated: older.length > limit };
  };

  const chat = {
    sessions,
    listed: [] as SessionQuery[],
    windows: [] as { from: number; to: number }[],
    failure: undefined as unknown,
    check() {
      if (chat.failure !== undefined) throw chat.failure;
    },
    add(id: string, userId: string, contents: readonly string[] = [], projection: Partial<Projection> = {}): Session {
      const session: Session = {
        id,
        userId,
        ordinal: 1,
        startedAt,
        name: `Session ${id}`,
        modelId: null,
        shareToken: null,
        projection: { ...emptyProjection, name: `Session ${id}`, messageCount: contents.length, ...projection },
      };
      sessions.set(id, { session, log: contents.map((content, at) => entryOf(at + 1, content, userId)) });
      return session;
    },
    async listOwn(user: User, { limit, cursor }: { limit: number; cursor?: string }) {
      chat.check();
      const own = [...sessions.values()].map(({ session }) => session).filter(({ userId }) => userId === user.id);
      const from = cursor === undefined ? 0 : Number(cursor);
      const next = from + limit < own.length ? String(from + limit) : null;
      return { sessions: own.slice(from, from + limit), next };
    },
    async list(query: SessionQuery) {
      chat.check();
      chat.listed.push(query);
      const all = [...sessions.values()].map(({ session }) => session);
      return { sessions: all.slice(0, query.limit), next: all.length > query.limit ? 'more' : null };
    },
    async metrics(from: number, to: number) {
      chat.check();
      chat.windows.push({ from, to });
      return fakeMetrics;
    },
    async create(user: User, name: string | undefined) {
      chat.check();
      return chat.add(`made-${sessions.size + 1}`, user.id, [], name === undefined ? {} : { name });
    },
    async rename(user: User, id: string, name: string) {
      const { session } = seen(user, id);
      return change(id, { ...session, projection: { ...session.projection, name } });
    },
    async remove(user: User, id: string) {
      seen(user, id);
      sessions.delete(id);
    },
    async history(user: User, id: string, { before, limit }: { before?: number; limit: number }) {
      return page(seen(user, id), limit, before);
    },
    async end(user: User, id: string) {
      const { session } = seen(user, id);
      const endedAt = session.projection.endedAt ?? startedAt + 90_500;
      change(id, { ...session, projection: { ...session.projection, endedAt } });
    },
    async takeOver(admin: User, id: string, force: boolean) {
      const { session } = seen(admin, id);
      const { floor } = session.projection;
      if (floor.kind === 'admin' && floor.id !== admin.id && !force)
        throw new WireError('SESSION_HELD', `${floor.name} holds this conversation.`);
      const holder = { kind: 'admin', id: admin.id, name: admin.name } as const;
      change(id, { ...session, projection: { ...session.projection, floor: holder } });
    },
    async release(admin: User, id: string) {
      const { session } = seen(admin, id);
      change(id, { ...session, projection: { ...session.projection, floor: { kind: 'ai' } } });
    },
    async share(user: User, id: string) {
      const { session } = seen(user, id);
      const shareToken = session.shareToken ?? '0123456789abcdef0123456789abcdef';
      change(id, { ...session, shareToken });
      return shareToken;
    },
    async unshare(user: User, id: string) {
      change(id, { ...seen(user, id).session, shareToken: null });
    },
    async shared(token: string) {
      chat.check();
      const found = [...sessions.values()].find(({ session }) => session.shareToken === token);
      if (found === undefined) throw new WireError('NOT_FOUND', 'Nothing is shared under this token.');
      return page(found, 1_000);
    },
    async *messages(id: string) {
      chat.check();
      yield* sessions.get(id)?.log ?? [];
    },
    live: () => ({ connections: 4, answering: 1, waitingForHelp: 2, sessions: 3, tokens: 500 }),
  };
  return chat satisfies FakeChat;
}

const emptyProjection: Projection = {
  ...firstProjection({ id: '', userId: '', ordinal: 1, startedAt: startedAt + 60_000, name: '', modelId: null }),
  name: '',
  named: true,
};

/** Odd places are the user's, even ones the model's. */
function entryOf(seq: number, content: string, userId: string): LogEntry {
  const base = { at: startedAt + seq * 1_000, kind: 'message', messageId: `message-${seq}`, content } as const;
  if (seq % 2 === 1) {
    return { seq, entry: { ...base, sender: 'user', type: 'user_message', authorId: userId, authorName: userId } };
  }
  const usage = { promptTokens: 5, completionTokens: 7 };
  return {
    seq,
    entry: {
      ...base,
      sender: 'ai',
      type: 'ai_response',
      authorId: null,
      authorName: null,
      modelId: 'echo',
      turnId: `turn-${seq}`,
      end: 'interrupted',
      usage,
      elapsedMs: 500,
    },
  };
}
