// Station: chat. The sessions that are live on this replica: opened once, forgotten when nobody needs them. Called by every part of the core that touches a session.
import type { Session } from '../ports/store.js';
import type { ChatContext } from './context.js';
import { LiveSession } from './live-session.js';
import type { Turns } from './turns.js';

/** Live sessions by id. Concurrent opens of one session share one load. */
export class Registry {
  readonly #live = new Map<string, LiveSession>();
  readonly #opening = new Map<string, Promise<LiveSession | null>>();
  readonly #context: ChatContext;
  readonly #turns: Turns;

  constructor(context: ChatContext, turns: Turns) {
    this.#context = context;
    this.#turns = turns;
  }

  /** Every session that is live now. */
  all(): IterableIterator<LiveSession> {
    return this.#live.values();
  }

  get size(): number {
    return this.#live.size;
  }

  /** The session, if it is live here. */
  peek(id: string): LiveSession | undefined {
    return this.#live.get(id);
  }

  /** Runs `use` with the session, opened if need be and kept while it runs; null when there is none. */
  async using<T>(id: string, use: (session: LiveSession) => Promise<T>): Promise<T | null> {
    const session = await this.#opened(id);
    if (session === null) return null;
    session.pins += 1;
    try {
      return await use(session);
    } finally {
      session.pins -= 1;
      this.release(session);
    }
  }

  /** Makes a session live that was just created: nothing has to be read. */
  adopt(created: Session): LiveSession {
    const live = this.#live.get(created.id);
    if (live !== undefined) return live;
    const session = this.#make(created);
    session.isOpened = true;
    return session;
  }

  #make(stored: Session): LiveSession {
    const session = new LiveSession(stored, this.#context);
    this.#live.set(stored.id, session);
    return session;
  }

  /** Forgets the session when nobody sits in it, nothing runs and nothing waits to be done in it. */
  release(session: LiveSession): void {
    const isBusy = session.pins > 0 || session.run !== null || session.queue.isBusy;
    const isWaiting = session.isOpened && session.waiting.first !== null && !session.isAnswering;
    const isNeeded = session.seats.length > 0 || isBusy || isWaiting;
    if (isNeeded && !session.isGone) return;
    if (this.#live.get(session.id) !== session) return;
    this.#live.delete(session.id);
    session.close();
  }

  async #opened(id: string): Promise<LiveSession | null> {
    for (;;) {
      const live = this.#live.get(id);
      if (live?.isOpened === true) return live;
      const session = await this.#open(id);
      // Between its opening and here it may have been forgotten again: who sat in it then would hear nothing.
      if (session === null || session.isGone || this.#live.get(id) === session) return session;
    }
  }

  /** Reads the log beyond the projection, and what its last turn left. */
  #open(id: string): Promise<LiveSession | null> {
    const opening = this.#opening.get(id);
    if (opening !== undefined) return opening;
    const opened = this.#load(id).finally(() => this.#opening.delete(id));
    this.#opening.set(id, opened);
    return opened;
  }

  async #load(id: string): Promise<LiveSession | null> {
    const stored = await this.#context.store.session(id);
    if (stored === null) return null;
    const session = this.#live.get(id) ?? this.#make(stored);
    session.pins += 1;
    try {
      await session.queue.run(async () => {
        await session.catchUp();
        if (session.projection.seq > stored.projection.seq) this.#context.changed(session);
        await this.#turns.opened(session);
      });
      session.isOpened = true;
    } finally {
      session.pins -= 1;
      // What could not be read is forgotten, and read again by the next who asks.
      if (!session.isOpened) this.release(session);
    }
    return session;
  }
}
