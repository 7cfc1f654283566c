// Station: chat. What HTTP asks of the core: lists, history, and the changes that need no socket. Called by the routes through create-chat.
import { toHex, uuidv7 } from '../../common/random.js';
import { WireError } from '../../protocol/errors.js';
import type { User } from '../ports/participant.js';
import type { LogEntry, Session, SessionMetrics, SessionPage, SessionQuery } from '../ports/store.js';
import type { ChatQueries, History } from './api.js';
import type { ChatContext } from './context.js';
import type { Floor } from './floor.js';
import type { LiveSession } from './live-session.js';
import type { Projector } from './projector.js';
import type { Registry } from './registry.js';
import type { Users } from './users.js';

const exportPage = 500;
const stopDeadlineMs = 3_000;
const shareTokenBytes = 32;

/** The HTTP side of the core. */
export class Queries implements Omit<ChatQueries, 'live' | 'takeOver' | 'release'> {
  readonly #context: ChatContext;
  readonly #registry: Registry;
  readonly #users: Users;
  readonly #projector: Projector;
  readonly #floor: Floor;

  constructor(context: ChatContext, registry: Registry, users: Users, projector: Projector, floor: Floor) {
    this.#context = context;
    this.#registry = registry;
    this.#users = users;
    this.#projector = projector;
    this.#floor = floor;
  }

  listOwn(user: User, page: { readonly limit: number; readonly cursor?: string }): Promise<SessionPage> {
    return this.list({
      userId: user.id,
      sortBy: 'last_activity',
      sortOrder: 'desc',
      now: this.#context.clock.now(),
      ...page,
    });
  }

  /** Lists show what happened up to this call (finding R26), so what waits to be written is written first. */
  async list(query: SessionQuery): Promise<SessionPage> {
    await this.#projector.flush();
    return await this.#context.store.listSessions(query);
  }

  async metrics(from: number, to: number): Promise<SessionMetrics> {
    await this.#projector.flush();
    return await this.#context.store.metrics({ from, to, now: this.#context.clock.now() });
  }

  create(user: User, name: string | undefined): Promise<Session> {
    return this.#users.another(user.id, uuidv7(this.#context.clock.now(), this.#context.random), name ?? '');
  }

  async rename(user: User, sessionId: string, name: string): Promise<Session> {
    await this.#owned(user, sessionId);
    await this.#in(sessionId, async (session) => {
      const at = this.#context.clock.now();
      await session.append(() => ({ entry: { at, kind: 'rename', name } }));
    });
    await this.#projector.flush();
    return await this.#owned(user, sessionId);
  }

  /** Ends the session first, so that whoever still writes to it is fenced, then removes it. */
  async remove(user: User, sessionId: string): Promise<void> {
    await this.#owned(user, sessionId);
    await this.#in(sessionId, (session) => this.#endHere(session, 'deleted'));
    await this.#projector.flush();
    await this.#context.store.deleteSession(sessionId);
    this.#context.bus.publish(sessionId, { kind: 'deleted' });
  }

  async history(
    user: User,
    sessionId: string,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<History> {
    // A session that left this replica's memory a moment ago may have more in its log than is written of it.
    await this.#projector.flush();
    const stored = await this.#context.store.session(sessionId);
    if (stored === null || (stored.userId !== user.id && !user.isAdmin)) throw notFound();
    const session = this.#fresh(stored);
    return await this.#page(session, page);
  }

  async end(user: User, sessionId: string): Promise<void> {
    const stored = await this.#context.store.session(sessionId);
    if (stored === null || (stored.userId !== user.id && !user.isAdmin)) throw notFound();
    const reason = stored.userId === user.id ? 'user' : 'admin';
    await this.#stopAnswer(sessionId);
    await this.#in(sessionId, (session) => this.#endHere(session, reason));
    await this.#projector.flush();
  }

  async share(user: User, sessionId: string): Promise<string> {
    await this.#owned(user, sessionId);
    const token = await this.#context.store.share(sessionId, toHex(this.#context.random.bytes(shareTokenBytes)));
    if (token === null) throw notFound();
    return token;
  }

  async unshare(user: User, sessionId: string): Promise<void> {
    await this.#owned(user, sessionId);
    await this.#context.store.unshare(sessionId);
  }

  async shared(token: string): Promise<History> {
    await this.#projector.flush();
    const stored = await this.#context.store.sessionByShareToken(token);
    if (stored === null) throw new WireError('NOT_FOUND', 'This link leads nowhere (any more).');
    return await this.#page(this.#fresh(stored), { limit: 1_000 });
  }

  async *messages(sessionId: string): AsyncIterable<LogEntry> {
    let after = 0;
    for (;;) {
      const page = await this.#context.store.entries(sessionId, { after, limit: exportPage, messagesOnly: true });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < exportPage) return;
      after = last.seq;
    }
  }

  /** What this replica knows of the session may be newer than what is written of it. */
  #fresh(stored: Session): Session {
    const live = this.#registry.peek(stored.id);
    return live !== undefined && live.projection.seq > stored.projection.seq
      ? { ...stored, projection: live.projection }
      : stored;
  }

  async #page(session: Session, page: { readonly before?: number; readonly limit: number }): Promise<History> {
    // One more than asked for tells whether there is more.
    const read = await this.#context.store.entries(session.id, {
      ...page,
      limit: page.limit + 1,
      newest: true,
      messagesOnly: true,
    });
    const truncated = read.length > page.limit;
    return { session, messages: truncated ? read.slice(1) : read, truncated };
  }

  async #owned(user: User, sessionId: string): Promise<Session> {
    const stored = await this.#context.store.session(sessionId);
    if (stored === null || stored.userId !== user.id) throw notFound();
    return this.#fresh(stored);
  }

  async #in(sessionId: string, act: (session: LiveSession) => Promise<void>): Promise<void> {
    const done = await this.#registry.using(sessionId, async (session) => {
      await session.queue.run(() => act(session));
      return true;
    });
    if (done === null) throw notFound();
  }

  async #endHere(session: LiveSession, reason: 'user' | 'admin' | 'deleted'): Promise<void> {
    const at = this.#context.clock.now();
    const wasHeld = session.projection.floor.kind === 'admin';
    const appended = await session.append((head) =>
      head.endedAt === null ? { entry: { at, kind: 'end', reason } } : null,
    );
    if (appended.kind === 'appended') this.#context.meter.sessionEnded();
    if (wasHeld) await this.#floor.look(session);
  }

  /** An answer that is being written here is cut and stored before the end, so that the end is the last entry. */
  async #stopAnswer(sessionId: string): Promise<void> {
    const live = this.#registry.peek(sessionId);
    const run = live?.run ?? null;
    if (live === undefined || run === null) return;
    // What waits for the next answer is not asked any more, between this answer's end and the session's.
    live.silence();
    await new Promise<void>((resolve) => {
      const timer = this.#context.clock.after(stopDeadlineMs, resolve);
      void run.done.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

function notFound(): WireError {
  return new WireError('NOT_FOUND', 'There is no such session.');
}
