// Station: client. One session of an admin's client: its conversation, its role, its lease. Called by desk-client, which has the one link.
import { uuidv7 } from '../common/random.js';
import { wholeNumber } from './answer.js';
import { CatchUp } from './catch-up.js';
import { ChatError } from './chat-error.js';
import type { DeskRole, DeskSession, LeaseState } from './desk-snapshot.js';
import { fold } from './fold.js';
import type { Effect } from './fold-types.js';
import type { HistoryPage, HistoryRange } from './history.js';
import type { Equipment } from './options.js';
import type { ReceivedFrame } from './parse-frame.js';
import { frameOfSend, whyNotSend, withAllFailed, withChanged, withSend } from './pending.js';
import { Sends, type Sent } from './sends.js';
import { type ConnectionState, initialSnapshot, type PendingSend, type Snapshot } from './snapshot.js';
import { hasRoom, withEntries } from './timeline.js';
import { Typing } from './typing.js';

/** What a session asks of the desk. */
export interface DeskPorts {
  readonly send: (frame: Readonly<Record<string, unknown>>) => boolean;
  readonly restart: (why: string) => void;
  readonly history: (sessionId: string, range: HistoryRange) => Promise<HistoryPage>;
  readonly changed: (session: DeskSession) => void;
  readonly userId: () => string | null;
}

/** How long after a refusal that passes the place is asked for again, in milliseconds. */
const againMs = 1_000;

/** A session at the desk. What it knows is `snapshot`. */
export class DeskSessionState {
  readonly sessionId: string;
  readonly #equipment: Equipment;
  readonly #ports: DeskPorts;
  readonly #sends: Sends;
  readonly #catchUp: CatchUp;
  readonly #typing: Typing;
  #snapshot: DeskSession;
  /** It is read along, also when the lease is over. */
  #isWatching = false;
  #isLeaving = false;
  #leaseMs = 0;
  /** The frame that asks for the place again on a new link. */
  #comeback: string | null = null;

  constructor(sessionId: string, equipment: Equipment, connection: ConnectionState, ports: DeskPorts) {
    this.sessionId = sessionId;
    this.#equipment = equipment;
    this.#ports = ports;
    const chat = { ...initialSnapshot, connection, sessionId };
    this.#snapshot = { sessionId, ownerId: null, role: 'joining', lease: { kind: 'none' }, chat };
    const { clock, settings } = equipment;
    this.#sends = new Sends(clock, settings.sendDeadlineMs, (messageId, error) =>
      this.#chat(withChanged(this.#snapshot.chat, messageId, { status: 'failed', error: error.message })),
    );
    this.#typing = new Typing(clock, settings.typingEveryMs);
    this.#catchUp = new CatchUp(clock, settings, {
      snapshot: () => this.#snapshot.chat,
      send: ports.send,
      restart: ports.restart,
      read: (range) => ports.history(sessionId, range),
      merge: (page) => this.#merge(page, false),
    });
  }

  get snapshot(): DeskSession {
    return this.#snapshot;
  }

  /** Says something to the user. Rejects like ChatClient.send. */
  say(content: string, messageId?: string): Promise<Sent> {
    const { clock, random, settings } = this.#equipment;
    const refused = whyNotSend(this.#snapshot.chat, content, settings.maxPending);
    if (refused !== null) return Promise.reject(refused);
    const id = messageId ?? uuidv7(clock.now(), random);
    const { sessionId } = this;
    const send: PendingSend = {
      messageId: id,
      content: content.trim(),
      modelId: null,
      sessionId,
      status: 'sending',
      error: null,
    };
    this.#chat(withSend(this.#snapshot.chat, send, settings.maxPending));
    const acked = this.#sends.wait(id);
    this.#write(send);
    return acked;
  }

  /** Sends a failed message again, with its id. */
  sayAgain(messageId: string): Promise<Sent> {
    const failed = this.#snapshot.chat.pending.find((send) => send.messageId === messageId && send.status === 'failed');
    if (failed === undefined) return Promise.reject(new ChatError('invalid', 'No such message has failed.'));
    return this.say(failed.content, messageId);
  }

  /** Forgets a failed message. */
  discard(messageId: string): void {
    const { chat } = this.#snapshot;
    this.#chat({
      ...chat,
      pending: chat.pending.filter((send) => send.messageId !== messageId || send.status !== 'failed'),
    });
  }

  typing(): boolean {
    return this.#typing.own(() => this.#ports.send({ type: 'typing_indicator', session_id: this.sessionId }));
  }

  /** Reads a page older than what is there. Resolves to how many messages came: none where the timeline is full. */
  async loadOlder(limit?: number): Promise<number> {
    const { chat } = this.#snapshot;
    if (!hasRoom(chat.timeline, this.#equipment.settings.maxTimeline)) {
      this.#chat({ ...chat, hasOlder: false });
      return 0;
    }
    const first = chat.timeline[0]?.seq;
    const page = await this.#ports.history(this.sessionId, {
      ...(first === undefined ? {} : { beforeSeq: first }),
      ...(limit === undefined ? {} : { limit }),
    });
    this.#merge(page, true);
    return page.messages.length;
  }

  /** Where this client is in the session, for a frame that asks for a place. */
  position(): Record<string, string> {
    const { lastSeq, answer } = this.#snapshot.chat;
    return {
      ...(lastSeq === null ? {} : { last_seq: String(lastSeq) }),
      ...(answer === null ? {} : { turn_id: answer.turnId, index: String(answer.text.length) }),
    };
  }

  /** It was asked for a place, or for the way out. */
  asked(what: 'join' | 'watch' | 'leave'): void {
    const { role } = this.#snapshot;
    this.#isLeaving = what === 'leave' && role === 'holder';
    if (what === 'watch') this.#isWatching = true;
    if (what !== 'leave' && role === 'out') this.#become('joining', { kind: 'none' });
  }

  /** What it was asked was refused. */
  refused(what: 'join' | 'watch' | 'leave'): void {
    this.#isLeaving = false;
    if (what === 'watch' && this.#snapshot.role !== 'watcher') this.#isWatching = false;
    if (this.#snapshot.role === 'joining') this.#become('out', this.#snapshot.lease);
  }

  /** The link changed. On a new one the place is asked for again, then what waits is sent. */
  connectionChanged(connection: ConnectionState): void {
    const { chat, lease } = this.#snapshot;
    const isNew = connection.kind === 'open' && chat.connection.kind !== 'open';
    const isLost = connection.kind !== 'open' && chat.connection.kind === 'open';
    const isStopped = connection.kind === 'stopped';
    this.#chat({ ...(isStopped ? withAllFailed(chat, connection.message) : chat), connection });
    if (isStopped) this.#sends.rejectAll(new ChatError('stopped', connection.message));
    if (isLost) {
      this.#catchUp.linkLost();
      if (lease.kind === 'held')
        this.#become(this.#snapshot.role, {
          kind: 'running_out',
          endsAtMs: this.#equipment.clock.now() + lease.leaseMs,
        });
    }
    if (isNew) this.#comeBack();
  }

  /** Whether that id is of the frame by which it asked for its place again. */
  isComeback(messageId: string): boolean {
    return this.#comeback === messageId;
  }

  /** A frame of this session. True when it answered what the session itself had asked. */
  received(frame: ReceivedFrame): boolean {
    const isOwn = this.#comeback !== null && frame.message_id === this.#comeback;
    if (isOwn) this.#comeback = null;
    if (isOwn && frame.error !== undefined) {
      this.#notBack(frame.error.code, frame.metadata?.admin_name ?? null, frame.error.retry_after);
      return true;
    }
    const { clock, settings } = this.#equipment;
    const before = this.#snapshot.chat;
    const { state, effects } = fold(before, frame, {
      nowMs: clock.now(),
      maxTimeline: settings.maxTimeline,
      maxAlerts: settings.maxAlerts,
      self: 'admin',
      mayJump: this.#catchUp.isStuckAt(before.lastSeq),
    });
    this.#chat(state);
    this.#catchUp.progressed(before, state);
    for (const effect of effects) this.#act(effect);
    if (frame.type === 'typing_indicator')
      this.#typing.other(() => this.#chat({ ...this.#snapshot.chat, typingAtMs: null }));
    this.#follow(frame);
    return isOwn;
  }

  /** The desk forgets it. */
  close(): void {
    this.#catchUp.stop();
    this.#typing.stop();
    this.#sends.rejectAll(new ChatError('session_changed', 'The session was left before this was stored.'));
  }

  /** What a frame says of role and lease. */
  #follow(frame: ReceivedFrame): void {
    const { metadata = {} } = frame;
    const { status, owner_id: ownerId } = metadata;
    if (ownerId !== undefined && ownerId !== this.#snapshot.ownerId) this.#change({ ...this.#snapshot, ownerId });
    if (frame.type === 'connection_status') {
      if (status === 'joined') {
        this.#leaseMs = wholeNumber(metadata.lease) ?? this.#leaseMs;
        this.#become('holder', { kind: 'held', leaseMs: this.#leaseMs });
      } else if (status === 'watching' && this.#snapshot.role !== 'holder')
        this.#become('watcher', this.#snapshot.lease);
      else if (status === 'left') this.#left();
      else if (status === 'deleted' || status === 'ended') this.#become('out', { kind: 'none' });
    } else if (this.#snapshot.role === 'holder') this.#followFloor(frame);
  }

  #followFloor({ type, metadata = {} }: ReceivedFrame): void {
    const atMs = this.#equipment.clock.now();
    if (type === 'admin_join' && metadata.admin_id !== this.#ports.userId())
      this.#become(this.#isWatching ? 'watcher' : 'out', { kind: 'lost', to: metadata.admin_name ?? null, atMs });
    else if (type === 'admin_leave')
      this.#become(
        this.#isWatching ? 'watcher' : 'out',
        this.#isLeaving ? { kind: 'none' } : { kind: 'lost', to: null, atMs },
      );
  }

  /** Leaving gives the floor back; when only watching, it ends that. */
  #left(): void {
    this.#isWatching = this.#isWatching && this.#isLeaving;
    this.#isLeaving = false;
    this.#become(this.#isWatching ? 'watcher' : 'out', { kind: 'none' });
  }

  #comeBack(): void {
    const { role } = this.#snapshot;
    if (role === 'holder' || role === 'watcher') {
      const { clock, random } = this.#equipment;
      const messageId = uuidv7(clock.now(), random);
      this.#comeback = messageId;
      if (this.#isWatching && role === 'holder') this.#ask('admin_watch', undefined, {});
      this.#ask(
        role === 'holder' ? 'admin_join' : 'admin_watch',
        messageId,
        role === 'holder' ? { rejoin: 'true' } : {},
      );
    }
    for (const send of this.#snapshot.chat.pending) if (send.status === 'sending') this.#write(send);
  }

  #ask(type: string, messageId: string | undefined, how: Record<string, string>): void {
    this.#ports.send({
      type,
      session_id: this.sessionId,
      ...(messageId === undefined ? {} : { message_id: messageId }),
      metadata: { ...this.position(), ...how },
    });
  }

  /** The place was not given back: for good where the lease is gone, else it is asked for again. */
  #notBack(code: string, holder: string | null, retryAfterMs: number | undefined): void {
    const { clock } = this.#equipment;
    const isOver = [
      'SESSION_HELD',
      'NOT_FOUND',
      'SESSION_ENDED',
      'INSUFFICIENT_PERMISSIONS',
      'INVALID_FORMAT',
    ].includes(code);
    if (isOver) {
      const wasHolder = this.#snapshot.role === 'holder';
      this.#become(
        'out',
        wasHolder ? { kind: 'lost', to: code === 'SESSION_HELD' ? holder : null, atMs: clock.now() } : { kind: 'none' },
      );
      return;
    }
    clock.after(retryAfterMs ?? againMs, () => {
      if (this.#snapshot.chat.connection.kind === 'open' && this.#comeback === null) this.#comeBack();
    });
  }

  #act(effect: Effect): void {
    switch (effect.kind) {
      case 'acked':
        this.#sends.resolve({ ...effect, sessionId: this.sessionId });
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
      case 'token_expiring':
        // Of the link, not of a session: the desk sees to it.
        return;
    }
  }

  #write(send: PendingSend): void {
    this.#ports.send({ ...frameOfSend(send, this.sessionId), type: 'admin_message' });
  }

  #merge(page: HistoryPage, isOlder: boolean): void {
    const { chat } = this.#snapshot;
    const { maxTimeline } = this.#equipment.settings;
    const timeline = withEntries(chat.timeline, page.messages, maxTimeline);
    this.#chat({
      ...chat,
      timeline,
      hasOlder: isOlder ? page.isTruncated && hasRoom(timeline, maxTimeline) : chat.hasOlder,
      sessionName: page.name === '' ? chat.sessionName : page.name,
    });
  }

  #become(role: DeskRole, lease: LeaseState): void {
    if (role !== this.#snapshot.role || lease !== this.#snapshot.lease)
      this.#change({ ...this.#snapshot, role, lease });
  }

  #chat(chat: Snapshot): void {
    if (chat !== this.#snapshot.chat) this.#change({ ...this.#snapshot, chat });
  }

  #change(snapshot: DeskSession): void {
    this.#snapshot = snapshot;
    this.#ports.changed(snapshot);
  }
}
