// Station: cli/ui. The desk's state, and what it asks of the client. No keys, no drawing, no protocol. Called by the controller, which turns keys into it.
import { ChatError } from '../../client/chat-error.js';
import type { DeskClient } from '../../client/desk-client.js';
import type { DeskSummary } from '../../client/desk-list.js';
import { deskTimeline } from '../../client/settings.js';
import type { Clock, Timer } from '../../common/clock.js';
import { type DeskState, initialDeskState, listLimit, type Prompt } from './desk-state.js';

/** The part of the client that the desk calls. */
export type DeskClientPort = Pick<
  DeskClient,
  | 'snapshot'
  | 'subscribe'
  | 'join'
  | 'watch'
  | 'leave'
  | 'say'
  | 'sayAgain'
  | 'whisper'
  | 'typing'
  | 'forget'
  | 'loadOlder'
  | 'history'
  | 'listSessions'
>;

/** The list is read again so often, in milliseconds; and once when somebody calls for help. */
const listEveryMs = 3_000;
/** Lines below the oldest one at which the page before it is read, so that it is there when the window comes to it. */
const nearTop = 200;

/** The desk behind its keys. */
export class DeskWork {
  readonly #client: DeskClientPort;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #leaveClient: () => void;
  /** The last entry of each session that was there when it was looked at. */
  readonly #seen = new Map<string, number>();
  /** Sessions of which an older page is being read. */
  readonly #loading = new Set<string>();
  #calls = 0;
  #timer: Timer | null = null;
  #state: DeskState = initialDeskState;

  constructor(client: DeskClientPort, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    this.#leaveClient = client.subscribe(() => this.#noticed());
  }

  get state(): DeskState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Reads the list now and every few seconds. */
  start(): void {
    this.#refresh();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#leaveClient();
    this.#listeners.clear();
  }

  /** The state with these parts changed; whoever draws is told. */
  change(part: Partial<DeskState>): void {
    this.#state = { ...this.#state, ...part };
    for (const listener of this.#listeners) listener();
  }

  /** Takes a session, or watches it, and shows it. */
  open(sessionId: string, how: 'take' | 'force' | 'watch'): void {
    this.show(sessionId);
    const entering =
      how === 'watch' ? this.#client.watch(sessionId) : this.#client.join(sessionId, { force: how === 'force' });
    // A place brings what comes from now on; what was said before is read beside it.
    entering
      .then(() => this.#client.loadOlder(sessionId))
      .catch((error: unknown) => {
        if (how === 'take' && error instanceof ChatError && error.code === 'SESSION_HELD')
          this.ask({ kind: 'force', sessionId, why: error.message });
        else this.remark(error);
      });
  }

  /** Gives a session back, with a note to the model; one that is not held any more leaves the desk. */
  leave(sessionId: string, note: string | undefined): void {
    const role = this.#client.snapshot.sessions.get(sessionId)?.role;
    if (role === 'out') {
      this.#client.forget(sessionId);
      this.show(null);
      return;
    }
    this.#client.leave(sessionId, note).then(
      () =>
        this.remark(
          role === 'holder'
            ? 'The model answers again. Ctrl-L closes the tab.'
            : 'Not watched any more. Ctrl-L closes the tab.',
        ),
      (error: unknown) => this.remark(error),
    );
  }

  /** Moves the window up by so many lines, down by a negative number; older lines are read when they are needed. */
  scroll(sessionId: string, lines: number): void {
    const scrolled = Math.max(0, (this.#state.scrolledUp.get(sessionId) ?? 0) + lines);
    this.change({ scrolledUp: new Map(this.#state.scrolledUp).set(sessionId, scrolled) });
    const chat = this.#client.snapshot.sessions.get(sessionId)?.chat;
    // A message takes a line at least: below so many lines the window cannot be near the oldest.
    const isNearTop = chat !== undefined && scrolled + nearTop >= chat.timeline.length;
    if (lines > 0 && isNearTop && chat.hasOlder) this.#loadOlder(sessionId);
  }

  /** One page at a time: a key that is held down asks hundreds of times. */
  #loadOlder(sessionId: string): void {
    if (this.#loading.has(sessionId)) return;
    this.#loading.add(sessionId);
    this.#client
      .loadOlder(sessionId)
      .catch((error: unknown) => this.remark(error))
      .finally(() => this.#loading.delete(sessionId));
  }

  /** The window could not stand so far up. At the top of a full timeline nothing older comes, and whoever looks for it is told where it is. */
  scrolledTo(sessionId: string, up: number): void {
    if ((this.#state.scrolledUp.get(sessionId) ?? 0) <= up) return;
    const chat = this.#client.snapshot.sessions.get(sessionId)?.chat;
    const isFull = chat !== undefined && !chat.hasOlder && chat.timeline.length >= deskTimeline;
    const remark = isFull ? `Older messages do not fit here: chatbox sessions export ${sessionId}` : this.#state.remark;
    // Called while it is drawn, so nobody is told: the remark is there with the next look.
    this.#state = { ...this.#state, remark, scrolledUp: new Map(this.#state.scrolledUp).set(sessionId, up) };
  }

  /** Reads the last line of a session of the list. */
  showLastLine(sessionId: string): void {
    this.change({ selectedId: sessionId });
    this.#client.history(sessionId, { limit: 1 }).then(
      ({ messages }) => {
        const last = messages.at(-1);
        this.change({ lastLine: { sessionId, text: last?.kind === 'message' ? last.content : '(nothing was said)' } });
      },
      (error: unknown) => this.remark(error),
    );
  }

  /** Shows a session; null for the list. */
  show(sessionId: string | null): void {
    const unseen = new Set(this.#state.unseen);
    if (sessionId !== null) unseen.delete(sessionId);
    this.change({ shownId: sessionId, unseen, prompt: null, remark: '', areKeysShown: false });
  }

  /** Puts a question in the way. */
  ask(prompt: Prompt): void {
    this.change({ prompt, areKeysShown: false });
  }

  /** Says what was done or what went wrong. */
  remark(what: unknown): void {
    this.change({
      remark: typeof what === 'string' ? what : what instanceof Error ? what.message : 'That did not work.',
    });
  }

  /** The client knows something new: which tabs have news, who calls. */
  #noticed(): void {
    const { sessions, helpCalls } = this.#client.snapshot;
    const unseen = new Set(this.#state.unseen);
    for (const [id, { chat }] of sessions) {
      const last = chat.timeline.at(-1)?.seq ?? 0;
      if (last > (this.#seen.get(id) ?? 0) && id !== this.#state.shownId && this.#seen.has(id)) unseen.add(id);
      this.#seen.set(id, last);
    }
    const isCalled = helpCalls.length > this.#calls;
    this.#calls = helpCalls.length;
    if (unseen.size !== this.#state.unseen.size) this.change({ unseen });
    if (isCalled) this.#refresh();
  }

  #refresh(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(listEveryMs, () => this.#refresh());
    if (this.#state.shownId !== null && this.#state.listed.length > 0) return;
    this.#list().then(
      (list) => this.change(list),
      (error: unknown) => this.remark(error),
    );
  }

  /** Active sessions: all of them, or the newest and, with them, who waits for help, the longest first: those would fall out of the newest first of all. */
  async #list(): Promise<{ readonly listed: readonly DeskSummary[]; readonly isListCut: boolean }> {
    const active = { status: 'active', sortBy: 'last_activity', limit: listLimit } as const;
    const newest = await this.#client.listSessions({ ...active, sortOrder: 'desc' });
    if (newest.nextCursor === null) return { listed: newest.sessions, isListCut: false };
    const waiting = await this.#client.listSessions({ ...active, helpRequested: true, sortOrder: 'asc' });
    // Of a session in both, what was read last holds.
    const byId = new Map([...newest.sessions, ...waiting.sessions].map((session) => [session.id, session] as const));
    return { listed: [...byId.values()], isListCut: true };
  }
}
