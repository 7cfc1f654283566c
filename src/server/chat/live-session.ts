// Station: chat. A session with sockets or a running answer on this replica: an actor with a serial queue. Called by attachment, sends, turn-run and the sweeps.
import { SerialQueue } from '../../common/serial-queue.js';
import type { OutboundFrame } from '../../protocol/outbound.js';
import type { SessionEvent } from '../ports/bus.js';
import { SharedFrame } from '../ports/participant.js';
import type { AnswerEnd, FloorHolder, LogEntry, MessageEntry, Projection, Session, Turn } from '../ports/store.js';
import { Answer } from './answer.js';
import type { ChatContext } from './context.js';
import { isTakeover } from './fold.js';
import {
  ackFrame,
  chunkFrame,
  frameOfEntry,
  loadingFrame,
  sessionStatus,
  stamp,
  typingFrame,
  unansweredFrame,
} from './frames.js';
import type { KeptLease } from './lease-notes.js';
import type { Listener } from './listener.js';
import { isAmong, type OwnSend, OwnSends } from './own-sends.js';
import type { Projected } from './projected.js';
import { RecentLog } from './recent-log.js';
import type { RunningTurn } from './running-turn.js';
import { type Appended, type Draft, type LogListener, SessionLog } from './session-log.js';
import { Unanswered } from './unanswered.js';

const pageSize = 200;
const nobody: readonly OwnSend[] = [];

/** One session on this replica. What changes its log runs in `queue`; what arrives from the bus is delivered in order of seq. */
export class LiveSession implements LogListener, Projected {
  readonly id: string;
  readonly userId: string;
  readonly ordinal: number;
  /** Whoever left while it was busy could not have the session forgotten: that is looked at again when it falls idle. */
  readonly queue = new SerialQueue(() => {
    if (this.seats.length === 0 || this.isGone) this.#context.release(this.id);
  });
  readonly log: SessionLog;
  readonly seats: Listener[] = [];
  /** The answer being written, here or elsewhere. */
  answer: Answer | null = null;
  /** The turn that runs here. */
  run: RunningTurn | null = null;
  /** User messages that no turn has taken up. */
  readonly waiting = new Unanswered();
  /** Sends from here whose entry is on its way back. */
  readonly sends = new OwnSends();
  /** Sockets whose messages the next turn answers, each once: they get its error. No Set: an empty one weighs 200 bytes in every session. */
  readonly #askers: Listener[] = [];
  /** The last turn that ended here; its end may still be on its way back through the bus. */
  endedTurnId: string | null = null;
  /** Open uses; the registry forgets a session only at zero. */
  pins = 0;
  /** Its log and its last turn were read; before that nobody may use it. */
  isOpened = false;
  isGone = false;
  isUnwritten = false;
  /** The lease of who holds the floor, as this replica wrote it last. */
  lease: KeptLease | null = null;
  /** Whether the sockets here were told that the connection to the holder is lost. */
  isAdminAway = false;
  /** Whether admins told the model something beside the log; null where this replica has not looked. */
  hasAsides: boolean | null;
  readonly #context: ChatContext;
  readonly #unsubscribe: () => void;
  #delivered: number;
  /** The last turn whose end the sockets here were told: what the bus still brings of it is late. */
  #toldEndOf: string | null = null;

  constructor(session: Session, context: ChatContext) {
    this.id = session.id;
    this.userId = session.userId;
    this.ordinal = session.ordinal;
    const { projection } = session;
    const recent = new RecentLog(context.settings.historyTokens, projection.seq === 0);
    // Of a session that was just made everything is known.
    this.hasAsides = projection.seq === 0 && context.settings.isSoleReplica ? false : null;
    this.log = new SessionLog(session.id, projection, recent, context.store, this);
    this.#delivered = projection.seq;
    this.#context = context;
    this.#unsubscribe = context.bus.subscribe(session.id, (event) => this.#heard(event));
  }

  /** The state at the head of the log. */
  get projection(): Projection {
    return this.log.projection;
  }

  /** The last seq that the sockets here were told of. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Whether an answer is being written, here or elsewhere. */
  get isAnswering(): boolean {
    return this.run !== null || (this.answer !== null && this.answer.turnId !== this.endedTurnId);
  }

  get isEnded(): boolean {
    return this.projection.endedAt !== null;
  }

  /** Appends and rings the bell; the entry reaches the sockets by the bus. Call it inside `queue`. */
  append(draft: (head: Projection) => Draft | null): Promise<Appended> {
    return this.log.append(draft);
  }

  /** Called by the log. */
  appended(log: LogEntry): void {
    // From here on the model has nothing to say; the sockets are told in their turn.
    if (isTakeover(log)) this.run?.stop('interrupted');
    this.#context.changed(this);
    this.#context.bus.publish(this.id, { kind: 'entry', log });
  }

  /** Called by the log. */
  read(log: LogEntry): void {
    this.#noticeWaiting(log);
    this.#deliver(log);
  }

  /** Called by the log. */
  gone(): void {
    this.vanish();
  }

  /** Reads and delivers what this replica has not heard of. Call it inside `queue`. */
  async catchUp(): Promise<void> {
    while (this.#delivered < this.log.head) {
      const missed = await this.#context.store.entries(this.id, { after: this.#delivered, limit: pageSize });
      for (const log of missed) this.#deliver(log);
      if (missed.length === 0) break;
    }
    await this.log.readNew();
  }

  /** The next turn answers a message of this socket. */
  asks(seat: Listener): void {
    if (!this.#askers.includes(seat)) this.#askers.push(seat);
  }

  /** Those that the turn which begins now answers. */
  takeAskers(): readonly Listener[] {
    return this.#askers.splice(0);
  }

  /** Sends a frame to every socket that is not catching up; made once, its bytes made once. */
  tell(frame: OutboundFrame, except: readonly OwnSend[] = nobody): void {
    this.#tell(new SharedFrame(frame), except);
  }

  #tell(shared: SharedFrame, except: readonly OwnSend[]): void {
    for (const seat of this.seats) {
      if (seat.isReplaying || (except.length > 0 && isAmong(seat, except))) continue;
      seat.participant.send(shared);
    }
  }

  /** The session was deleted: sockets are told and stand without one. */
  vanish(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.run?.stop('interrupted');
    this.tell(sessionStatus(this.id, this.#context.clock.now(), { status: 'deleted' }));
    this.#context.release(this.id);
  }

  /** An answer ended that leaves no entry. */
  answerEnded(turnId: string, end: AnswerEnd): void {
    if (this.answer?.turnId === turnId) this.answer = null;
    this.#toldEndOf = turnId;
    this.tell(unansweredFrame(this.id, this.#context.clock.now(), turnId, end));
  }

  /** Stops hearing the bus. The registry calls it when it forgets the session. */
  close(): void {
    this.#unsubscribe();
  }

  #heard(event: SessionEvent): void {
    switch (event.kind) {
      case 'entry':
        this.#heardEntry(event.log);
        return;
      case 'asked':
        this.#asked(event);
        return;
      case 'chunk':
        this.#piece(event);
        return;
      case 'unanswered':
        this.answerEnded(event.turnId, event.end);
        return;
      case 'typing':
        this.#typing(event);
        return;
      case 'cancel':
        if (this.run?.turnId === event.turnId) this.run.stop('cancelled');
        return;
      case 'presence':
        this.presence(event.epoch, event.isAway);
        return;
      case 'help':
        return;
      case 'deleted':
        this.vanish();
    }
  }

  /** Whether the connection to the holder is lost; told to the sockets here when it changes. */
  presence(epoch: number, isAway: boolean): void {
    const { floor, floorEpoch } = this.projection;
    if (floor.kind === 'ai' || epoch !== floorEpoch || isAway === this.isAdminAway) return;
    this.isAdminAway = isAway;
    this.tell(
      sessionStatus(this.id, this.#context.clock.now(), {
        status: isAway ? 'admin_away' : 'admin_back',
        admin_id: floor.id,
        admin_name: floor.name,
      }),
    );
  }

  #heardEntry(log: LogEntry): void {
    if (log.seq <= this.#delivered) return;
    if (log.seq === this.#delivered + 1) {
      this.#deliver(log);
      return;
    }
    // A ring was lost: the log has what it said. A failure is found again by the next look at the heads.
    this.queue
      .run(() => this.catchUp())
      .catch((error: unknown) => this.#context.log.warn('catch_up_failed', {}, error));
  }

  /** Tells the sockets of an entry, once, in order of seq. */
  #deliver(log: LogEntry): void {
    if (log.seq !== this.#delivered + 1) return;
    if (log.seq === this.log.head + 1) {
      // Another replica wrote it.
      this.log.take(log);
      this.#noticeWaiting(log);
    }
    this.#delivered = log.seq;
    const { entry } = log;
    if (entry.kind === 'message') this.#deliverMessage(log, entry);
    else this.tell(frameOfEntry(this.id, log, false));
    if (entry.kind === 'floor') this.#floorMoved(entry.holder);
    if (isTakeover(log) || entry.kind === 'end') this.silence();
  }

  #floorMoved(holder: FloorHolder): void {
    this.isAdminAway = false;
    for (const seat of [...this.seats]) seat.floorMoved(holder);
  }

  #deliverMessage(log: LogEntry, entry: MessageEntry & { readonly at: number }): void {
    if (entry.sender === 'ai') {
      this.#deliverAnswer(log, entry);
      return;
    }
    const own = this.sends.take(entry.messageId);
    for (const { seat, wantsAck } of own) {
      if (wantsAck) seat.tell(ackFrame(this.id, log, entry.messageId));
      // An older client waits for an answer that will not come: a person holds the session, or a file is not answered (finding R27).
      else if (entry.sender === 'user' && this.projection.floor.kind === 'admin')
        seat.tell(unansweredFrame(this.id, entry.at, undefined, 'held'));
      else if (entry.type === 'file_upload') seat.tell(unansweredFrame(this.id, entry.at, undefined, 'stored'));
    }
    if (this.seats.length > own.length) this.tell(frameOfEntry(this.id, log, false), own);
  }

  #deliverAnswer(log: LogEntry, entry: MessageEntry & { readonly at: number }): void {
    const { turnId } = entry;
    const answer = this.answer?.turnId === turnId ? this.answer : null;
    // What streamed by is known; who heard less of it than all gets it whole.
    if (this.seats.length > 0) this.tell(frameOfEntry(this.id, log, answer?.text !== entry.content));
    if (answer !== null) this.answer = null;
    if (turnId !== undefined) this.#toldEndOf = turnId;
    if (entry.answersThrough !== undefined) this.waiting.takeUp(entry.answersThrough);
    // Another replica ended the turn that runs here, because this one seemed dead or somebody there cancelled it.
    if (this.run !== null && this.run.turnId === turnId) this.run.stop('interrupted');
  }

  /** Notes a message of another replica that the model has to answer. */
  #noticeWaiting({ seq, entry }: LogEntry): void {
    const asks = entry.kind === 'message' && entry.sender === 'user' && entry.type !== 'file_upload';
    if (asks && this.projection.floor.kind === 'ai') this.waiting.add(seq);
  }

  /** The model is to say no more: what was written is kept, what waits is not asked. */
  silence(): void {
    this.waiting.clear();
    this.takeAskers();
    this.run?.stop('interrupted');
  }

  #asked(event: SessionEvent & { kind: 'asked' }): void {
    if (event.epoch < this.projection.floorEpoch || event.turnId === this.#toldEndOf) return;
    this.answer = new Answer(event.turnId, event.epoch, event.modelId, event.at);
    if (this.seats.length > 0) this.tell(loadingFrame(this.id, event.at, event.turnId, event.modelId));
  }

  #piece(event: SessionEvent & { kind: 'chunk' }): void {
    if (event.epoch < this.projection.floorEpoch || event.turnId === this.#toldEndOf) return;
    if (this.answer?.turnId !== event.turnId) {
      this.answer = new Answer(event.turnId, event.epoch, event.modelId, this.#context.clock.now());
    }
    const { answer } = this;
    const index = answer.text.length;
    const text = answer.take(event.index, event.text);
    if (text !== '' && this.seats.length > 0) this.#tellPiece(answer, index, text);
  }

  /** Typing is told to the other side only. */
  #typing(event: SessionEvent & { kind: 'typing' }): void {
    const frame = typingFrame(this.id, this.#context.clock.now(), event.from, event.userId);
    for (const seat of this.seats) if (seat.participant.user.id !== event.userId) seat.tell(frame);
  }

  /** Another replica writes this turn, of which the bus may have told nothing. */
  follow(turn: Turn): void {
    if (turn.id === this.#toldEndOf || this.run !== null || this.projection.floor.kind !== 'ai') return;
    if (this.answer?.turnId !== turn.id) {
      const { floorEpoch } = this.projection;
      this.answer = new Answer(turn.id, floorEpoch, turn.modelId, turn.startedAt);
      this.tell(loadingFrame(this.id, turn.startedAt, turn.id, turn.modelId));
    }
    this.fillAnswer(turn.id, turn.text);
  }

  /** Fills a gap in a remote answer from its checkpoint. */
  fillAnswer(turnId: string, text: string): void {
    const { answer } = this;
    // What a model still writes that does not know of the takeover is not told any more: its end brings what is kept of it.
    if (answer?.turnId !== turnId || answer.epoch < this.projection.floorEpoch) return;
    const index = answer.text.length;
    const fresh = answer.catchUp(text);
    if (fresh !== '') this.#tellPiece(answer, index, fresh);
  }

  #tellPiece(answer: Answer, index: number, text: string): void {
    const at = stamp(this.#context.clock.now());
    const { turnId, modelId } = answer;
    this.#tell(new SharedFrame(chunkFrame(this.id, at, { turnId, modelId, index, text }), index === 0), nobody);
  }
}
