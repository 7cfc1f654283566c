// Station: cli/ui. What keys do at the desk: turns them into calls of the client and a new state to draw. No drawing, no protocol. Called by the desk's screen; driven by tests without a terminal.
import type { Clock } from '../../common/clock.js';
import { limits } from '../../protocol/limits.js';
import { type DeskCommand, type DeskKey, deskActionsOf } from './desk-keys.js';
import {
  type DeskState,
  draftOf,
  fittingReplies,
  type Prompt,
  type Reply,
  tabAway,
  whyNotQuit,
  withDraft,
} from './desk-state.js';
import { type DeskClientPort, DeskWork } from './desk-work.js';
import { type DraftKey, emptyDraft, press, sent, write } from './draft.js';
import { keysOf } from './keys.js';
import { pickable } from './picker-rows.js';

/** What the controller works with. */
export interface DeskParts {
  readonly client: DeskClientPort;
  readonly clock: Clock;
  readonly replies: readonly Reply[];
}

const scrollStep = 10;

/** The desk's keys and state. */
export class DeskController {
  readonly #client: DeskClientPort;
  readonly #work: DeskWork;
  readonly replies: readonly Reply[];
  #isPasting = false;

  constructor({ client, clock, replies }: DeskParts) {
    this.#client = client;
    this.#work = new DeskWork(client, clock);
    this.replies = replies;
  }

  get state(): DeskState {
    return this.#work.state;
  }

  subscribe(listener: () => void): () => void {
    return this.#work.subscribe(listener);
  }

  /** Begins to read the list. */
  start(): void {
    this.#work.start();
  }

  stop(): void {
    this.#work.stop();
  }

  /** Takes a session, or watches it, and shows it. */
  open(sessionId: string, how: 'take' | 'force' | 'watch'): void {
    this.#work.open(sessionId, how);
  }

  /** The window could not stand so far up. */
  scrolledTo(sessionId: string, up: number): void {
    this.#work.scrolledTo(sessionId, up);
  }

  /** One event of the terminal. */
  press(input: string, key: DeskKey): void {
    for (const [each, pressed] of keysOf(input, key, this.#isPasting)) this.#press(each, pressed);
  }

  #press(input: string, key: DeskKey): void {
    const { prompt, shownId } = this.state;
    if (prompt?.kind === 'force' || prompt?.kind === 'quit') {
      this.#answer(prompt, input, key);
      return;
    }
    if (this.#pressOneByOne(input, key)) return;
    if (shownId === null && prompt === null && this.#pressInList(input, key)) return;
    const isEmpty = draftOf(this.state).text === '';
    for (const action of deskActionsOf(input, key, { isPasting: this.#isPasting, isEmpty })) {
      if (action.kind === 'command') this.#obey(action.command);
      else if (action.kind === 'tab')
        this.#work.show([...this.#client.snapshot.sessions.keys()][action.number - 1] ?? shownId);
      else if (action.kind === 'paste') this.#isPasting = action.isOn;
      else if (action.kind === 'submit') this.#submit();
      else if (action.kind === 'edit') this.#edit(action.key);
      else this.#write(action.text);
    }
  }

  /** A slow terminal hands over several keys as one: where the first of them is a command, the rest is for what it opens. */
  #pressOneByOne(input: string, key: DeskKey): boolean {
    const { prompt, shownId } = this.state;
    const isText =
      input.length > 1 && prompt === null && !this.#isPasting && !key.ctrl && !key.meta && !input.startsWith('[');
    const isCommand = shownId === null || (input.startsWith('/') && draftOf(this.state).text === '');
    if (!isText || !isCommand) return false;
    const [first = '', ...rest] = input;
    this.#press(first, key);
    this.#press(rest.join(''), key);
    return true;
  }

  /** The sessions of the list, as they are shown. */
  get listed() {
    return pickable(this.state.listed, this.#client.snapshot.helpCalls, this.state.filter);
  }

  #pressInList(input: string, key: DeskKey): boolean {
    const selected = this.listed.find(({ id }) => id === this.state.selectedId) ?? this.listed[0];
    if (key.upArrow || key.downArrow) this.#select(key.upArrow ? -1 : 1);
    else if (key.return && selected !== undefined) this.open(selected.id, 'take');
    else if (input === 'w' && !key.ctrl && selected !== undefined) this.open(selected.id, 'watch');
    else if (input === 'l' && !key.ctrl && selected !== undefined) this.#work.showLastLine(selected.id);
    else if (input === '/')
      this.#work.ask({
        kind: 'filter',
        draft: { ...emptyDraft, text: this.state.filter, cursor: this.state.filter.length },
      });
    else if (input === 'q') this.#obey('quit');
    else if (key.escape) this.#work.change({ filter: '', lastLine: null });
    else return false;
    return true;
  }

  #answer(prompt: Prompt & { kind: 'force' | 'quit' }, input: string, key: DeskKey): void {
    const isYes =
      input === 'y' || input === 'Y' || (prompt.kind === 'quit' && key.ctrl && (input === 'c' || input === 'd'));
    this.#work.change({ prompt: null });
    if (!isYes) return;
    if (prompt.kind === 'quit') this.#work.change({ isDone: true });
    else this.open(prompt.sessionId, 'force');
  }

  #obey(command: DeskCommand): void {
    const { prompt, shownId, areKeysShown } = this.state;
    const { sessions } = this.#client.snapshot;
    switch (command) {
      case 'cancel':
        this.#work.change({ prompt: null, areKeysShown: false, remark: '' });
        return;
      case 'keys':
        this.#work.change({ areKeysShown: !areKeysShown });
        return;
      case 'quit': {
        const why = prompt === null ? whyNotQuit(this.state, this.#client.snapshot) : null;
        if (prompt !== null) this.#work.change({ prompt: null });
        else if (why === null) this.#work.change({ isDone: true });
        else this.#work.ask({ kind: 'quit', why });
        return;
      }
      case 'next_tab':
        this.#work.show(tabAway(this.state, this.#client.snapshot, 1));
        return;
      case 'previous_tab':
        this.#work.show(tabAway(this.state, this.#client.snapshot, -1));
        return;
      case 'picker':
        this.#work.show(null);
        return;
      case 'replies':
        if (shownId !== null && this.replies.length > 0 && prompt === null)
          this.#work.ask({ kind: 'replies', draft: emptyDraft, selected: 0 });
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
        if (session?.role === 'holder') this.#work.ask({ kind: 'note', draft: emptyDraft });
        else this.#work.remark('You do not hold this session; Ctrl-T takes it.');
        return;
      case 'leave':
        this.#work.leave(sessionId, undefined);
        return;
      case 'whisper':
        this.#work.ask({ kind: 'whisper', draft: emptyDraft });
        return;
      case 'take':
        this.open(sessionId, 'take');
        return;
      case 'send_again':
        for (const { messageId, status } of session?.chat.pending ?? [])
          if (status === 'failed')
            this.#client.sayAgain(sessionId, messageId).catch((error: unknown) => this.#work.remark(error));
        return;
      case 'older':
      case 'newer':
        this.#work.scroll(sessionId, command === 'older' ? scrollStep : -scrollStep);
    }
  }

  #submit(): void {
    const { prompt, shownId } = this.state;
    const draft = draftOf(this.state);
    if (prompt?.kind !== 'filter' && draft.text.endsWith('\\')) {
      this.#draft(write(press({ ...draft, cursor: draft.text.length }, 'backspace'), '\n', limits.content));
      return;
    }
    if (prompt !== null) {
      this.#work.change({ prompt: null });
      this.#submitPrompt(prompt, draft.text);
      return;
    }
    if (shownId === null || draft.text.trim() === '') return;
    const session = this.#client.snapshot.sessions.get(shownId);
    if (session?.role !== 'holder') {
      this.#work.remark(
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
      if (!isTaken()) this.#work.remark(error);
    });
    this.#work.change({ remark: '', scrolledUp: new Map(this.state.scrolledUp).set(shownId, 0) });
    if (isTaken()) this.#draft(sent(draft));
  }

  #submitPrompt(prompt: Prompt, text: string): void {
    const { shownId } = this.state;
    switch (prompt.kind) {
      case 'filter':
        this.#work.change({ filter: text, selectedId: null });
        return;
      case 'replies': {
        const reply = fittingReplies(this.replies, text)[prompt.selected];
        if (reply !== undefined) this.#draft(write(draftOf(this.state), reply.text, limits.content));
        return;
      }
      case 'note':
        if (shownId !== null) this.#work.leave(shownId, text);
        return;
      case 'whisper':
        if (shownId === null || text.trim() === '') return;
        this.#client.whisper(shownId, text.trim()).then(
          () => this.#work.remark('The model was told; the user sees nothing of it.'),
          (error: unknown) => this.#work.remark(error),
        );
        return;
      case 'force':
      case 'quit':
        return;
    }
  }

  #edit(key: DraftKey): void {
    const { prompt } = this.state;
    if (prompt?.kind === 'replies' && (key === 'up' || key === 'down')) {
      const count = fittingReplies(this.replies, prompt.draft.text).length;
      const selected = Math.min(Math.max(0, prompt.selected + (key === 'up' ? -1 : 1)), Math.max(0, count - 1));
      this.#work.change({ prompt: { ...prompt, selected } });
      return;
    }
    if (prompt?.kind === 'replies' && key === 'backspace' && prompt.draft.text === '')
      this.#work.change({ prompt: null });
    else this.#draft(press(draftOf(this.state), key));
  }

  #write(text: string): void {
    const { prompt, shownId } = this.state;
    if (prompt === null && shownId !== null && this.#client.snapshot.sessions.get(shownId)?.role === 'holder')
      this.#client.typing(shownId);
    this.#draft(write(draftOf(this.state), text, limits.content));
    if (prompt?.kind === 'replies')
      this.#work.change({ prompt: { ...prompt, draft: draftOf(this.state), selected: 0 } });
  }

  #select(step: number): void {
    const { listed } = this;
    const at = Math.max(
      0,
      listed.findIndex(({ id }) => id === this.state.selectedId),
    );
    const next = listed[Math.min(Math.max(0, at + step), Math.max(0, listed.length - 1))];
    this.#work.change({ selectedId: next?.id ?? null, lastLine: null });
  }

  #draft(draft: ReturnType<typeof draftOf>): void {
    this.#work.change(withDraft(this.state, draft));
  }
}
