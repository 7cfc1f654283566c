// Station: client. A conversation that stays connected: what a page, the terminal UI, tests and the load generator hold. Its state is `snapshot`.
import { uuidv7 } from '../common/random.js';
import { CatchUp } from './catch-up.js';
import { ChatError } from './chat-error.js';
import { Connector } from './connector.js';
import type { Position } from './endpoint.js';
import { fold } from './fold.js';
import type { Effect } from './fold-types.js';
import { fetchHistory, fetchSessions, type HistoryPage, type HistoryRange, type SessionList } from './history.js';
import { Observers } from './observers.js';
import { type ChatClientOptions, type Equipment, equip } from './options.js';
import type { ReceivedFrame } from './parse-frame.js';
import { frameOfSend, whyNotSend, withAllFailed, withChanged, withSend } from './pending.js';
import { Sends, type Sent } from './sends.js';
import { type ConnectionState, emptySession, initialSnapshot, type PendingSend, type Snapshot } from './snapshot.js';
import { hasRoom, withEntries } from './timeline.js';
import { Typing } from './typing.js';

/** How to say something. */
export interface SendOptions {
  /** The model that is to answer. */
  readonly modelId?: string;
  /** A message id that was used before: the same message again, which is stored at most once. */
  readonly messageId?: string;
}

/** A chat client. Made idle; `connect` starts it, `close` ends it for good or until the next `connect`. */
export class ChatClient {
  readonly #equipment: Equipment;
  readonly #connector: Connector;
  readonly #sends: Sends;
  readonly #catchUp: CatchUp;
  readonly #typing: Typing;
  readonly #snapshots = new Observers<Snapshot>();
  readonly #frames = new Observers<ReceivedFrame>();
  #snapshot: Snapshot = initialSnapshot;
  /** True until something of a session asked for as new is stored: before that its id means nothing to the server. */
  #isNew: boolean;

  /** Throws ChatError `stopped` when the platform lacks something that was not given. */
  constructor(options: ChatClientOptions) {
    this.#equipment = equip(options);
    const { clock, settings } = this.#equipment;
    this.#isNew = options.startNew ?? false;
    this.#snapshot = { ...initialSnapshot, sessionId: options.sessionId ?? null, lastSeq: options.lastSeq ?? null };
    this.#sends = new Sends(clock, settings.sendDeadlineMs, (messageId, error) =>
      this.#change(withChanged(this.#snapshot, messageId, { status: 'failed', error: error.message })),
    );
    this.#typing = new Typing(clock, settings.typingEveryMs);
    this.#connector = new Connector(this.#equipment, {
      position: () => this.#position(),
      onFrame: (frame) => this.#received(frame),
      onState: (connection) => this.#connectionChanged(connection),
    });
    this.#catchUp = new CatchUp(clock, settings, {
      snapshot: () => this.#snapshot,
      send: (frame) => this.#connector.send(frame),
      restart: (why) => this.#connector.restart(why),
      read: (range) => this.history(this.#snapshot.sessionId ?? '', range),
      merge: (page) => this.#merge(page),
    });
  }

  /** What is known now. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    return this.#snapshots.add(listener);
  }

  /** Calls `listener` with each frame as it came, after it was folded, until the returned function is called. */
  onFrame(listener: (frame: ReceivedFrame) => void): () => void {
    return this.#frames.add(listener);
  }

  /** Connects now, and again whenever the connection is lost. Called while waiting (a browser's `online` event), it tries at once. */
  connect(): void {
    const { kind } = this.#snapshot.connection;
    if (kind === 'open' || kind === 'connecting') return;
    this.#connector.start();
  }

  /** Ends it. What waits for an ack is rejected; an answer in flight runs on at the server. */
  close(): void {
    this.#catchUp.stop();
    this.#typing.stop();
    this.#connector.stop('closed', 'The client was closed.');
  }

  /**
   * Says something: resolves when it is stored, also when that takes several connections; the same id goes out each time, so it is stored once.
   * Rejects with ChatError: invalid, queue_full, deadline, session_changed, stopped, or the server's code.
   */
  send(content: string, options: SendOptions = {}): Promise<Sent> {
    const { clock, random, settings } = this.#equipment;
    const refused = whyNotSend(this.#snapshot, content, settings.maxPending);
    if (refused !== null) return Promise.reject(refused);
    const messageId = options.messageId ?? uuidv7(clock.now(), random);
    const send: PendingSend = {
      messageId,
      content: content.trim(),
      modelId: options.modelId ?? null,
      sessionId: null,
      status: 'sending',
      error: null,
    };
    this.#change(withSend(this.#snapshot, send, settings.maxPending));
    const acked = this.#sends.wait(messageId);
    this.#write(send);
    return acked;
  }

  /** Sends a failed message again, with its id. Rejects like `send`; `invalid` when there is none. */
  sendAgain(messageId: string): Promise<Sent> {
    const failed = this.#snapshot.pending.find((send) => send.messageId === messageId && send.status === 'failed');
    if (failed === undefined) return Promise.reject(new ChatError('invalid', 'No such message has failed.'));
    return this.send(failed.content, { messageId, ...(failed.modelId === null ? {} : { modelId: failed.modelId }) });
  }

  /** Forgets a failed message. */
  discard(messageId: string): void {
    const pending = this.#snapshot.pending.filter((send) => send.messageId !== messageId || send.status !== 'failed');
    this.#change({ ...this.#snapshot, pending });
  }

  /** Stops the running answer; what is written of it stays. False when nothing runs or there is no connection. */
  cancel(): boolean {
    const turnId = this.#snapshot.answer?.turnId;
    return turnId !== undefined && this.#tell({ type: 'cancel', turn_id: turnId });
  }

  /** Asks the model again for the last unanswered message. False without a connection; so are those below. */
  retry(): boolean {
    return this.#tell({ type: 'retry' });
  }

  /** Chooses the model of the session; the snapshot changes when the server confirms it. */
  selectModel(modelId: string): boolean {
    return this.#tell({ type: 'model_select', model_id: modelId });
  }

  /** Asks for a person. */
  requestHelp(): boolean {
    return this.#tell({ type: 'help_request' });
  }

  /** Says that the user types. May be called for every key: it goes out at most once in `typingEveryMs`. */
  typing(): boolean {
    return this.#typing.own(() => this.#tell({ type: 'typing_indicator' }));
  }

  /** Leaves this session for a new one. What has no ack yet is rejected with `session_changed`. */
  newSession(): void {
    this.#move(null, null, true);
  }

  /** Leaves this session for another of the user's, from after `lastSeq` where its history was read before. */
  openSession(sessionId: string, lastSeq: number | null = null): void {
    this.#move(sessionId, lastSeq, false);
  }

  /** Reads a page of the present session into the timeline, older than what is there. Resolves to how many messages came: none where it is full. Throws ChatError. */
  async loadOlder(limit?: number): Promise<number> {
    const { sessionId, timeline } = this.#snapshot;
    if (sessionId === null) return 0;
    if (!hasRoom(timeline, this.#equipment.settings.maxTimeline)) {
      this.#change({ ...this.#snapshot, hasOlder: false });
      return 0;
    }
    const first = timeline[0]?.seq;
    const page = await this.history(sessionId, {
      ...(first === undefined ? {} : { beforeSeq: first }),
      ...(limit === undefined ? {} : { limit }),
    });
    this.#merge(page, true);
    return page.messages.length;
  }

  /** Reads a page of any of the user's sessions. A session of which nothing is stored is empty. Throws ChatError. */
  async history(sessionId: string, range: HistoryRange = {}): Promise<HistoryPage> {
    return await fetchHistory(this.#equipment.http, await this.#connector.token(), sessionId, range);
  }

  /** Lists the user's sessions, newest activity first. Throws ChatError. */
  async listSessions(cursor?: string): Promise<SessionList> {
    return await fetchSessions(this.#equipment.http, await this.#connector.token(), cursor);
  }

  #position(): Position {
    const { sessionId, lastSeq, answer } = this.#snapshot;
    // Before anything is stored a session has no log to resume, and `new` must be asked for again.
    if (this.#isNew) return { sessionId: null, isNew: true, lastSeq: null, turnId: null, index: 0 };
    return { sessionId, isNew: false, lastSeq, turnId: answer?.turnId ?? null, index: answer?.text.length ?? 0 };
  }

  #connectionChanged(connection: ConnectionState): void {
    const wasOpen = this.#snapshot.connection.kind === 'open';
    const isStopped = connection.kind === 'stopped';
    const state = isStopped ? withAllFailed(this.#snapshot, connection.message) : this.#snapshot;
    this.#change({ ...state, connection });
    if (isStopped) this.#sends.rejectAll(new ChatError('stopped', connection.message));
    if (connection.kind !== 'open') this.#catchUp.linkLost();
    else if (!wasOpen) this.#flush();
  }

  #received(frame: ReceivedFrame): void {
    const { clock, settings } = this.#equipment;
    const before = this.#snapshot;
    const { state, effects } = fold(before, frame, {
      nowMs: clock.now(),
      maxTimeline: settings.maxTimeline,
      maxAlerts: settings.maxAlerts,
      self: 'user',
      mayJump: this.#catchUp.isStuckAt(before.lastSeq),
    });
    if (frame.seq !== undefined) this.#isNew = false;
    if (state !== before) this.#change(state);
    this.#catchUp.progressed(before, state);
    for (const effect of effects) this.#act(effect);
    if (frame.type === 'typing_indicator')
      this.#typing.other(() => this.#change({ ...this.#snapshot, typingAtMs: null }));
    this.#frames.tell(frame);
  }

  #act(effect: Effect): void {
    switch (effect.kind) {
      case 'acked':
        this.#sends.resolve({ ...effect, sessionId: effect.sessionId ?? this.#snapshot.sessionId ?? '' });
        return;
      case 'refused': {
        const { code, message, retry_after: retryAfterMs } = effect.error;
        this.#sends.reject(effect.messageId, new ChatError(code, message, { retryAfterMs }));
        return;
      }
      case 'gap':
        this.#catchUp.ask();
        return;
      case 'truncated':
        this.#catchUp.readAfter(effect.afterSeq);
        return;
      case 'fetch':
        this.#catchUp.readOne(effect.seq);
        return;
      case 'draining':
        this.#connector.hint(effect.retryAfterMs);
        return;
      case 'token_expiring':
        void this.#connector.renewToken();
    }
  }

  #tell(frame: Readonly<Record<string, unknown>>): boolean {
    const { sessionId } = this.#snapshot;
    return this.#connector.send(sessionId === null ? frame : { ...frame, session_id: sessionId });
  }

  #flush(): void {
    for (const send of this.#snapshot.pending) if (send.status === 'sending') this.#write(send);
  }

  #write(send: PendingSend): void {
    const sessionId = send.sessionId ?? this.#snapshot.sessionId;
    const isSent = this.#connector.send(frameOfSend(send, sessionId));
    if (isSent && send.sessionId === null) this.#change(withChanged(this.#snapshot, send.messageId, { sessionId }));
  }

  #move(sessionId: string | null, lastSeq: number | null, isNew: boolean): void {
    this.#sends.rejectAll(new ChatError('session_changed', 'The session was left before this was stored.'));
    this.#catchUp.stop();
    this.#isNew = isNew;
    this.#change({ ...this.#snapshot, ...emptySession, pending: [], sessionId, lastSeq });
    this.#connector.start();
  }

  #merge(page: HistoryPage, isOlder = false): void {
    if (page.sessionId !== this.#snapshot.sessionId) return;
    const { maxTimeline } = this.#equipment.settings;
    const timeline = withEntries(this.#snapshot.timeline, page.messages, maxTimeline);
    const hasOlder = isOlder ? page.isTruncated && hasRoom(timeline, maxTimeline) : this.#snapshot.hasOlder;
    this.#change({
      ...this.#snapshot,
      timeline,
      hasOlder,
      sessionName: page.name === '' ? this.#snapshot.sessionName : page.name,
    });
  }

  #change(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#snapshots.tell(snapshot);
  }
}
