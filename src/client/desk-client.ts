// Station: client. An admin's client: several sessions of users over one connection that comes back by itself. What a takeover UI holds; its state is `snapshot`.
import { uuidv7 } from '../common/random.js';
import { wholeNumber } from './answer.js';
import { ChatError } from './chat-error.js';
import { Connector } from './connector.js';
import { type DeskQuery, type DeskSessionList, fetchDeskSessions } from './desk-list.js';
import { DeskSessionState } from './desk-session.js';
import { type DeskSnapshot, initialDesk } from './desk-snapshot.js';
import { foldNotification } from './fold-status.js';
import { withAlert } from './fold-types.js';
import { fetchHistory, type HistoryPage, type HistoryRange } from './history.js';
import { Observers } from './observers.js';
import { type ChatClientOptions, type Equipment, equip } from './options.js';
import type { ReceivedFrame } from './parse-frame.js';
import { Requests } from './requests.js';
import type { Sent } from './sends.js';
import { type ConnectionState, initialSnapshot } from './snapshot.js';

/** How to make an admin's client: its token is an admin's, and the sessions come later. */
export type DeskClientOptions = Omit<ChatClientOptions, 'sessionId' | 'startNew' | 'lastSeq'>;

/** A client for people who help. Made idle; `connect` starts it, `close` ends it for good or until the next `connect`. */
export class DeskClient {
  readonly #equipment: Equipment;
  readonly #connector: Connector;
  readonly #requests: Requests;
  readonly #snapshots = new Observers<DeskSnapshot>();
  readonly #frames = new Observers<ReceivedFrame>();
  readonly #sessions = new Map<string, DeskSessionState>();
  #snapshot: DeskSnapshot = initialDesk;

  /** Throws ChatError `stopped` when the platform lacks something that was not given. */
  constructor(options: DeskClientOptions) {
    this.#equipment = equip(options);
    const { clock, settings } = this.#equipment;
    this.#connector = new Connector(this.#equipment, {
      position: () => ({ sessionId: null, isNew: false, lastSeq: null, turnId: null, index: 0 }),
      onFrame: (frame) => this.#received(frame),
      onState: (connection) => this.#connectionChanged(connection),
    });
    this.#requests = new Requests(clock, settings.sendDeadlineMs, settings.maxPending, (frame) =>
      this.#connector.send(frame),
    );
  }

  /** What is known now. */
  get snapshot(): DeskSnapshot {
    return this.#snapshot;
  }

  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: (snapshot: DeskSnapshot) => void): () => void {
    return this.#snapshots.add(listener);
  }

  /** Calls `listener` with each frame as it came, after it was folded, until the returned function is called. */
  onFrame(listener: (frame: ReceivedFrame) => void): () => void {
    return this.#frames.add(listener);
  }

  /** Connects now, and again whenever the connection is lost; then it is in every session that it was in, where the lease has not run out. */
  connect(): void {
    const { kind } = this.#snapshot.connection;
    if (kind !== 'open' && kind !== 'connecting') this.#connector.start();
  }

  /** Ends it. Sessions that it holds go back to the model when their lease runs out: `leave` them first. */
  close(): void {
    this.#connector.stop('closed', 'The client was closed.');
  }

  /**
   * Takes a session; with `force` also from another admin. Resolves when it is held. Rejects with ChatError: SESSION_HELD (its message names the holder and
   * since when), SESSION_ENDED, NOT_FOUND, deadline, stopped.
   */
  async join(sessionId: string, how: { readonly force?: boolean } = {}): Promise<void> {
    await this.#enter(sessionId, 'join', how.force === true ? { force: 'true' } : {});
  }

  /** Reads along, unseen by the user. Rejects like `join`, but a session that is held is no obstacle. */
  async watch(sessionId: string): Promise<void> {
    await this.#enter(sessionId, 'watch', {});
  }

  /** Gives a session back, with a private note to the model; one that is only watched is watched no more. Rejects with ChatError. */
  async leave(sessionId: string, note?: string): Promise<void> {
    const session = this.#session(sessionId);
    session.asked('leave');
    try {
      await this.#ask('admin_leave', sessionId, note === undefined || note.trim() === '' ? {} : { content: note });
    } catch (error) {
      session.refused('leave');
      // The answer to an earlier try was lost with its connection, or the session was gone before.
      if (session.snapshot.role !== 'out') throw error;
    }
  }

  /** Says something to the user: resolves when it is stored, once, over however many connections. Rejects like ChatClient.send. */
  async say(sessionId: string, content: string): Promise<Sent> {
    return await this.#session(sessionId).say(content);
  }

  /** Sends a failed message again, with its id. */
  async sayAgain(sessionId: string, messageId: string): Promise<Sent> {
    return await this.#session(sessionId).sayAgain(messageId);
  }

  /** Forgets a failed message. */
  discard(sessionId: string, messageId: string): void {
    this.#session(sessionId).discard(messageId);
  }

  /** Tells the model something that the user never sees. Resolves to the seq that it is bound to. Rejects with ChatError. */
  async whisper(sessionId: string, content: string): Promise<number> {
    this.#session(sessionId);
    const ack = await this.#ask('admin_whisper', sessionId, { content });
    return wholeNumber(ack.metadata?.bound_to) ?? 0;
  }

  /** Says that the admin types; it goes out at most once in `typingEveryMs`. False when it did not. */
  typing(sessionId: string): boolean {
    return this.#session(sessionId).typing();
  }

  /** Takes a session that this client is out of from the snapshot. One that it is in stays. */
  forget(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (session?.snapshot.role !== 'out') return;
    session.close();
    this.#sessions.delete(sessionId);
    this.#change({ sessions: new Map([...this.#snapshot.sessions].filter(([id]) => id !== sessionId)) });
  }

  /** Reads a page of a session at the desk into its timeline, older than what is there. Resolves to how many messages came: none where it is full. Throws ChatError. */
  async loadOlder(sessionId: string, limit?: number): Promise<number> {
    return await this.#session(sessionId).loadOlder(limit);
  }

  /** Reads a page of anyone's session. Throws ChatError. */
  async history(sessionId: string, range: HistoryRange = {}): Promise<HistoryPage> {
    return await fetchHistory(this.#equipment.http, await this.#connector.token(), sessionId, range);
  }

  /** Lists sessions of everyone. It counts against the limit of admin requests a minute. Throws ChatError. */
  async listSessions(query: DeskQuery = {}): Promise<DeskSessionList> {
    return await fetchDeskSessions(this.#equipment.http, await this.#connector.token(), query);
  }

  async #enter(sessionId: string, what: 'join' | 'watch', how: Record<string, string>): Promise<void> {
    const session = this.#sessions.get(sessionId) ?? this.#open(sessionId);
    session.asked(what);
    try {
      await this.#ask(what === 'join' ? 'admin_join' : 'admin_watch', sessionId, {
        metadata: { ...session.position(), ...how },
      });
    } catch (error) {
      session.refused(what);
      throw error;
    }
    if (what === 'join')
      this.#change({ helpCalls: this.#snapshot.helpCalls.filter((call) => call.sessionId !== sessionId) });
  }

  #ask(type: string, sessionId: string, fields: Readonly<Record<string, unknown>>): Promise<ReceivedFrame> {
    const { connection } = this.#snapshot;
    if (connection.kind === 'stopped') return Promise.reject(new ChatError('stopped', connection.message));
    const { clock, random } = this.#equipment;
    return this.#requests.ask({ type, session_id: sessionId, message_id: uuidv7(clock.now(), random), ...fields });
  }

  #open(sessionId: string): DeskSessionState {
    const session = new DeskSessionState(sessionId, this.#equipment, this.#snapshot.connection, {
      send: (frame) => this.#connector.send(frame),
      restart: (why) => this.#connector.restart(why),
      history: (id, range) => this.history(id, range),
      changed: (state) => this.#change({ sessions: new Map(this.#snapshot.sessions).set(sessionId, state) }),
      userId: () => this.#snapshot.userId,
    });
    this.#sessions.set(sessionId, session);
    this.#change({ sessions: new Map(this.#snapshot.sessions).set(sessionId, session.snapshot) });
    return session;
  }

  #session(sessionId: string): DeskSessionState {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) throw new ChatError('invalid', 'This session is not at the desk: join it, or watch it.');
    return session;
  }

  #connectionChanged(connection: ConnectionState): void {
    const wasOpen = this.#snapshot.connection.kind === 'open';
    this.#change({ connection });
    // Each asks for its place first: what waits is about sessions that it is in again.
    for (const session of this.#sessions.values()) session.connectionChanged(connection);
    if (connection.kind === 'stopped') this.#requests.rejectAll(new ChatError('stopped', connection.message));
    else if (connection.kind === 'open' && !wasOpen) this.#requests.sendAgain();
  }

  #received(frame: ReceivedFrame): void {
    const session = frame.session_id === undefined ? undefined : this.#sessions.get(frame.session_id);
    const isOwn = session?.received(frame) ?? this.#isComeback(frame);
    if (!isOwn && !this.#requests.answered(frame) && session === undefined) this.#aboutDesk(frame);
    this.#frames.tell(frame);
  }

  /** The refusal of a place may name the socket's own conversation: it is known by its id. */
  #isComeback(frame: ReceivedFrame): boolean {
    if (frame.error === undefined || frame.message_id === undefined) return false;
    for (const session of this.#sessions.values())
      if (session.isComeback(frame.message_id)) return session.received(frame);
    return this.#refuseSend(frame);
  }

  /** So may that of a message. */
  #refuseSend(frame: ReceivedFrame): boolean {
    for (const session of this.#sessions.values())
      if (session.snapshot.chat.pending.some(({ messageId }) => messageId === frame.message_id)) {
        session.received({ ...frame, session_id: session.sessionId });
        return true;
      }
    return false;
  }

  /** What is about no session at the desk: the connection, calls for help, errors. */
  #aboutDesk(frame: ReceivedFrame): void {
    const { metadata = {}, error } = frame;
    const { clock } = this.#equipment;
    switch (frame.type) {
      case 'connection_status':
        if (metadata.status === 'draining') this.#connector.hint(wholeNumber(metadata.retry_after) ?? 0);
        else if (metadata.status === 'token_expiring') void this.#connector.renewToken();
        else
          this.#change({
            userId: frame.user_id ?? this.#snapshot.userId,
            models: frame.models ?? this.#snapshot.models,
          });
        return;
      case 'notification':
        if (metadata.code === 'HELP_REQUESTED') this.#calledForHelp(metadata);
        else
          this.#change({
            alerts: foldNotification({ ...initialSnapshot, alerts: this.#snapshot.alerts }, frame, this.#fold()).state
              .alerts,
          });
        return;
      case 'error': {
        if (error === undefined) return;
        const { code, message, retry_after: retryAfterMs = null } = error;
        const alert = { kind: 'error', code, message, retryAfterMs, turnId: null, atMs: clock.now() } as const;
        this.#change({ alerts: withAlert({ ...initialSnapshot, alerts: this.#snapshot.alerts }, alert, this.#fold()) });
        return;
      }
      default:
        // `pong`, and what a newer server may say.
        return;
    }
  }

  #fold() {
    const { clock, settings } = this.#equipment;
    return {
      nowMs: clock.now(),
      maxTimeline: settings.maxTimeline,
      maxAlerts: settings.maxAlerts,
      self: 'admin',
      mayJump: false,
    } as const;
  }

  #calledForHelp(metadata: Readonly<Record<string, string>>): void {
    const { session_id: sessionId, user_id: userId = '' } = metadata;
    if (sessionId === undefined) return;
    const { clock, settings } = this.#equipment;
    const others = this.#snapshot.helpCalls.filter((call) => call.sessionId !== sessionId);
    const call = { sessionId, userId, queuePlace: wholeNumber(metadata.queue_place), atMs: clock.now() };
    this.#change({ helpCalls: [...others, call].slice(-settings.maxAlerts) });
  }

  #change(part: Partial<DeskSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...part };
    this.#snapshots.tell(this.#snapshot);
  }
}
