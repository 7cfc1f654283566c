// Station: cli/ui. What keys do at the desk: turns them into calls of the client and a new state to draw. No drawing, no protocol. Called by the desk's screen; driven by tests without a terminal.
import { ChatError } from '../../client/chat-error.js';
import type { DeskClient } from '../../client/desk-client.js';
import type { Clock, Timer } from '../../common/clock.js';
import { limits } from '../../protocol/limits.js';
import { type DeskCommand, type DeskKey, deskActionsOf } from './desk-keys.js';
import {
  type DeskState,
  draftOf,
  fittingReplies,
  initialDeskState,
  type Prompt,
  type Reply,
  tabAway,
  whyNotQuit,
  withDraft,
} from './desk-state.js';
import { type DraftKey, emptyDraft, press, sent, write } from './draft.js';
import { pickable } from './picker-rows.js';

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

/** What the controller works with. */
export interface DeskParts {
  readonly client: DeskClientPort;
  readonly clock: Clock;
  readonly replies: readonly Reply[];
}

/** The list is read again so often, in milliseconds; and once when somebody calls for help. */
const listEveryMs = 3_000;
const listLimit = 500;
const scrollStep = 10;

/** The desk's keys and state. */
export class DeskController {
  readonly #client: DeskClientPort;
  readonly #clock: Clock;
  readonly #replies: readonly Reply[];
  readonly #listeners = new Set<() => void>();
  #state: DeskState = initialDeskState;
  #isPasting = false;
  #timer: Timer | null = null;
  #leaveClient: () => void;
  #seen = new Map<string, number>();
  #calls = 0;

  constructor({ client, clock, replies }: DeskParts) {
    this.#client = client;
    this.#clock = clock;
    this.#replies = replies;
    this.#leaveClient = client.subscribe(() => this.#noticed());
  }

  get state(): DeskState {
    return this.#state;
  }

  get replies(): readonly Reply[] {
    return this.#replies;
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

  /** Takes a session, or watches it, and shows it. */
  open(sessionId: string, how: 'take' | 'force' | 'watch'): void {
    this.#show(sessionId);
    const entering =
      how === 'watch' ? this.#client.watch(sessionId) : this.#client.join(sessionId, { force: how === 'force' });
    // A place brings what comes from now on; what was said before is read beside it.
    entering
      .then(() => this.#client.loadOlder(sessionId))
      .catch((error: unknown) => {
        if (how === 'take' && error instanceof ChatError && error.code === 'SESSION_HELD')
          this.#ask({ kind: 'force', sessionId, why: error.message });
        else this.#remark(error);
      });
  }

  /** One event of the terminal. */
  press(input: string, key: DeskKey): void {
    const { prompt, shownId } = this.#state;
    if (prompt?.kind === 'force' || prompt?.kind === 'quit') {
      this.#answer(prompt, input, key);
      return;
    }
    if (shownId === null && prompt === null && this.#pressInList(input, key)) return;
    const isEmpty = draftOf(this.#state).text === '';
    for (const action of deskActionsOf(input, key, { isPasting: this.#isPasting, isEmpty })) {
      if (action.kind === 'command') this.#obey(action.command);
      else if (action.kind === 'tab')
        this.#show([...this.#client.snapshot.sessions.keys()][action.number - 1] ?? shownId);
      else if (action.kind === 'paste') this.#isPasting = action.isOn;
      else if (action.kind === 'submit') this.#submit();
      else if (action.kind === 'edit') this.#edit(action.key);
      else this.#write(action.text);
    }
  }

  /** The sessions of the list, as they are shown. */
  get listed() {
    return pickable(this.#state.listed, this.#client.snapshot.helpCalls, this.#state.filter);
  }

  #pressInList(input: string, key: DeskKey): boolean {
    const selected = this.listed.find(({ id }) => id === this.#state.selectedId) ?? this.listed[0];
    if (key.upArrow || key.downArrow) this.#select(key.upArrow ? -1 : 1);
    else if (key.return && selected !== undefined) this.open(selected.id, 'take');
    else if (input === 'w' && !key.ctrl && selected !== undefined) this.open(selected.id, 'watch');
    else if (input === 'l' && !key.ctrl && selected !== undefined) this.#showLastLine(selected.id);
    else if (input === '/')
      this.#ask({
        kind: 'filter',
        draft: { ...emptyDraft, text: this.#state.filter, cursor: this.#state.filter.length },
      });
    else if (input === 'q') this.#obey('quit');
    else if (key.escape) this.#change({ filter: '', lastLine: null });
    else return false;
    return true;
  }

  #answer(prompt: Prompt & { kind: 'force' | 'quit' }, input: string, key: DeskKey): void {
    const isYes =
      input === 'y' || input === 'Y' || (prompt.kind === 'quit' && key.ctrl && (input === 'c' || input === 'd'));
    this.#change({ prompt: null });
    if (!isYes) return;
    if (prompt.kind === 'quit') this.#change({ isDone: true });
    else this.open(prompt.sessionId, 'force');
  }

  #obey(command: DeskCommand): void {
    const { prompt, shownId, areKeysShown } = this.#state;
    const { sessions } = this.#client.snapshot;
    switch (command) {
      case 'cancel':
        this.#change({ prompt: null, areKeysShown: false, remark: '' });
        return;
      case 'keys':
        this.#change({ areKeysShown: !areKeysShown });
        return;
      case 'quit': {
        const why = prompt === null ? whyNotQuit(this.#state, this.#client.snapshot) : null;
        if (prompt !== null) this.#change({ prompt: null });
        else if (why === null) this.#change({ isDone: true });
        else this.#ask({ kind: 'quit', why });
        return;
      }
      case 'next_tab':
        this.#show(tabAway(this.#state, this.#client.snapshot, 1));
        return;
      case 'previous_tab':
        this.#show(tabAway(this.#state, this.#client.snapshot, -1));
        return;
      case 'picker':
        this.#show(null);
        return;
      case 'replies':
        if (shownId !== null && this.#replies.length > 0 && prompt === null)
          this.#ask({ kind: 'replies', draft: emptyDraft, selected: 0 });
        else this.#write('/');
        return;
      default:
        if (shownId !== null && sessions.has(shownId)) this.#obeyInSession(command, shownId);
    }
  }

  #obeyInSession(
    command: Exclude<DeskCommand, 'cancel' | 'keys' | 'quit' | 'next_tab' | 'previous_tab' | 'picker' | 'replies'>,
    sessionId: string,
  ): void {
    const session = this.#client.snapshot.sessions.get(sessionId);
    switch (command) {
      case 'hand_back':
        if (session?.role === 'holder') this.#ask({ kind: 'note', draft: emptyDraft });
        else this.#remark('You do not hold this session; Ctrl-T takes it.');
        return;
      case 'leave':
        this.#leave(sessionId, undefined);
        return;
      case 'whisper':
        this.#ask({ kind: 'whisper', draft: emptyDraft });
        return;
      case 'take':
        this.open(sessionId, 'take');
        return;
      case 'send_again':
        for (const { messageId, status } of session?.chat.pending ?? [])
          if (status === 'failed')
            this.#client.sayAgain(sessionId, messageId).catch((error: unknown) => this.#remark(error));
        return;
      case 'older':
      case 'newer':
        this.#scroll(sessionId, command === 'older' ? scrollStep : -scrollStep);
    }
  }

  #submit(): void {
    const { prompt, shownId } = this.#state;
    const draft = draftOf(this.#state);
    if (prompt?.kind !== 'filter' && draft.text.endsWith('\\')) {
      this.#draft(write(press({ ...draft, cursor: draft.text.length }, 'backspace'), '\n', limits.content));
      return;
    }
    if (prompt !== null) {
      this.#change({ prompt: null });
      this.#submitPrompt(prompt, draft.text);
      return;
    }
    if (shownId === null || draft.text.trim() === '') return;
    const session = this.#client.snapshot.sessions.get(shownId);
    if (session?.role !== 'holder') {
      this.#remark(
        session?.role === 'watcher'
          ? 'You only watch: Ctrl-T takes over, Ctrl-O whispers.'
          : 'You do not hold this session; Ctrl-T takes it.',
      );
      return;
    }
    const isTaken = () =>
      this.#client.snapshot.sessions.get(shownId)?.chat.pending.some(({ content }) => content === draft.text.trim()) ===
      true;
    this.#client.say(shownId, draft.text).catch((error: unknown) => {
      if (!isTaken()) this.#remark(error);
    });
    this.#change({ remark: '', scrolledUp: new Map(this.#state.scrolledUp).set(shownId, 0) });
    if (isTaken()) this.#draft(sent(draft));
  }

  #submitPrompt(prompt: Prompt, text: string): void {
    const { shownId } = this.#state;
    switch (prompt.kind) {
      case 'filter':
        this.#change({ filter: text, selectedId: null });
        return;
      case 'replies': {
        const reply = fittingReplies(this.#replies, text)[prompt.selected];
        if (reply !== undefined) this.#draft(write(draftOf(this.#state), reply.text, limits.content));
        return;
      }
      case 'note':
        if (shownId !== null) this.#leave(shownId, text);
        return;
      case 'whisper':
        if (shownId === null || text.trim() === '') return;
        this.#client.whisper(shownId, text.trim()).then(
          () => this.#remark('The model was told; the user sees nothing of it.'),
          (error: unknown) => this.#remark(error),
        );
        return;
      case 'force':
      case 'quit':
        return;
    }
  }

  #leave(sessionId: string, note: string | undefined): void {
    const role = this.#client.snapshot.sessions.get(sessionId)?.role;
    if (role === 'out') {
      this.#client.forget(sessionId);
      this.#show(null);
      return;
    }
    this.#client.leave(sessionId, note).then(
      () =>
        this.#remark(
          role === 'holder'
            ? 'The model answers again. Ctrl-L closes the tab.'
            : 'Not watched any more. Ctrl-L closes the tab.',
        ),
      (error: unknown) => this.#remark(error),
    );
  }

  #edit(key: DraftKey): void {
    const { prompt } = this.#state;
    if (prompt?.kind === 'replies' && (key === 'up' || key === 'down')) {
      const count = fittingReplies(this.#replies, prompt.draft.text).length;
      const selected = Math.min(Math.max(0, prompt.selected + (key === 'up' ? -1 : 1)), Math.max(0, count - 1));
      this.#change({ prompt: { ...prompt, selected } });
      return;
    }
    if (prompt?.kind === 'replies' && key === 'backspace' && prompt.draft.text === '') this.#change({ prompt: null });
    else this.#draft(press(draftOf(this.#state), key));
  }

  #write(text: string): void {
    const { prompt, shownId } = this.#state;
    if (prompt === null && shownId !== null && this.#client.snapshot.sessions.get(shownId)?.role === 'holder')
      this.#client.typing(shownId);
    this.#draft(write(draftOf(this.#state), text, limits.content));
    if (prompt?.kind === 'replies') this.#change({ prompt: { ...prompt, draft: draftOf(this.#state), selected: 0 } });
  }

  #scroll(sessionId: string, lines: number): void {
    const scrolled = Math.max(0, (this.#state.scrolledUp.get(sessionId) ?? 0) + lines);
    this.#change({ scrolledUp: new Map(this.#state.scrolledUp).set(sessionId, scrolled) });
    const chat = this.#client.snapshot.sessions.get(sessionId)?.chat;
    if (lines > 0 && chat?.hasOlder === true)
      this.#client.loadOlder(sessionId).catch((error: unknown) => this.#remark(error));
  }

  /** The window could not stand so far up. */
  scrolledTo(sessionId: string, up: number): void {
    if ((this.#state.scrolledUp.get(sessionId) ?? 0) > up)
      this.#state = { ...this.#state, scrolledUp: new Map(this.#state.scrolledUp).set(sessionId, up) };
  }

  #select(step: number): void {
    const { listed } = this;
    const at = Math.max(
      0,
      listed.findIndex(({ id }) => id === this.#state.selectedId),
    );
    const next = listed[Math.min(Math.max(0, at + step), Math.max(0, listed.length - 1))];
    this.#change({ selectedId: next?.id ?? null, lastLine: null });
  }

  #showLastLine(sessionId: string): void {
    this.#change({ selectedId: sessionId });
    this.#client.history(sessionId, { limit: 1 }).then(
      ({ messages }) => {
        const last = messages.at(-1);
        this.#change({ lastLine: { sessionId, text: last?.kind === 'message' ? last.content : '(nothing was said)' } });
      },
      (error: unknown) => this.#remark(error),
    );
  }

  #show(sessionId: string | null): void {
    const unseen = new Set(this.#state.unseen);
    if (sessionId !== null) unseen.delete(sessionId);
    this.#change({ shownId: sessionId, unseen, prompt: null, remark: '', areKeysShown: false });
  }

  #ask(prompt: Prompt): void {
    this.#change({ prompt, areKeysShown: false });
  }

  #draft(draft: ReturnType<typeof draftOf>): void {
    this.#state = withDraft(this.#state, draft);
    this.#tell();
  }

  #remark(what: unknown): void {
    this.#change({
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
    if (unseen.size !== this.#state.unseen.size) this.#change({ unseen });
    if (isCalled) this.#refresh();
  }

  #refresh(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(listEveryMs, () => this.#refresh());
    if (this.#state.shownId !== null && this.#state.listed.length > 0) return;
    const active = this.#client.listSessions({
      status: 'active',
      sortBy: 'last_activity',
      sortOrder: 'desc',
      limit: listLimit,
    });
    active.then(
      ({ sessions }) => this.#change({ listed: sessions }),
      (error: unknown) => this.#remark(error),
    );
  }

  #change(part: Partial<DeskState>): void {
    this.#state = { ...this.#state, ...part };
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
