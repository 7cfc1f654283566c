// Station: chat. What a user sends: stored once, acked when durable, answered by the model. Called by create-chat.
import { uuidv7 } from '../../common/random.js';
import { WireError } from '../../protocol/errors.js';
import type { Participant, User } from '../ports/participant.js';
import type { LogEntry, MessageEntry, Projection, Turn } from '../ports/store.js';
import type { FileRequest, SayRequest } from './api.js';
import type { Attachment } from './attachment.js';
import type { ChatContext } from './context.js';
import { ackFrame, frameOfEntry } from './frames.js';
import type { HelpDesk } from './help-desk.js';
import type { LiveSession } from './live-session.js';
import { mustBeSame, type Spoken } from './same-send.js';
import { type Seat, seatOf } from './seat.js';
import type { Turns } from './turns.js';

const maxMoves = 5;
const typingIntervalMs = 1_000;
const helpPlaceLimit = 1_000;

/** A message on its way into the log. */
interface Send {
  readonly messageId: string;
  /** Whether the client gave the id, and so waits for an ack. */
  readonly wantsAck: boolean;
  readonly spoken: Spoken;
  readonly modelId: string | undefined;
}

type Spelled = { -readonly [K in keyof MessageEntry]: MessageEntry[K] } & { readonly at: number };

/** Handles what users send. */
export class Sends {
  readonly #context: ChatContext;
  readonly #attachment: Attachment;
  readonly #turns: Turns;
  readonly #helpDesk: HelpDesk;

  constructor(context: ChatContext, attachment: Attachment, turns: Turns, helpDesk: HelpDesk) {
    this.#context = context;
    this.#attachment = attachment;
    this.#turns = turns;
    this.#helpDesk = helpDesk;
  }

  /** A message that the model answers. Resolves when durable. */
  say(participant: Participant, request: SayRequest): Promise<void> {
    if (request.modelId !== undefined) this.#checkModel(request.modelId);
    const spoken: Spoken = {
      type: 'user_message',
      content: request.content,
      ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    };
    return this.#send(seatOf(participant), request.sessionId, this.#sendOf(request.messageId, spoken, request.modelId));
  }

  /** A file: stored and shown, not answered. */
  async shareFile(participant: Participant, request: FileRequest): Promise<void> {
    const spoken: Spoken = {
      type: 'file_upload',
      content: request.content,
      fileId: request.fileId,
      fileUrl: request.fileUrl,
      ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    };
    await this.#send(seatOf(participant), request.sessionId, this.#sendOf(request.messageId, spoken, undefined));
  }

  /** Chooses the session's model; the entry's frame confirms it to every device. */
  async selectModel(participant: Participant, sessionId: string | undefined, modelId: string): Promise<void> {
    this.#checkModel(modelId);
    await this.#queued(seatOf(participant), sessionId, async (session) => {
      const at = this.#context.clock.now();
      const appended = await session.append((head) =>
        head.endedAt === null ? { entry: { at, kind: 'model', modelId } } : null,
      );
      return appended.kind === 'appended';
    });
  }

  /** Marks the session, tells its devices the place in line and every admin; asked again, tells this socket again. */
  async requestHelp(participant: Participant, sessionId: string | undefined): Promise<void> {
    const seat = seatOf(participant);
    // A session that ended refuses; one that is not there yet is made.
    await this.#attachment.target(seat, sessionId, 'touch');
    await this.#queued(seat, undefined, async (session) => {
      const { clock } = this.#context;
      const place = session.projection.helpRequested ? 0 : await this.#helpPlace();
      const at = clock.now();
      const appended = await session.append((head) =>
        head.endedAt === null && !head.helpRequested ? { entry: { at, kind: 'help', place } } : null,
      );
      if (appended.kind === 'refused' && session.projection.helpRequested) {
        const { seq: _, ...again } = frameOfEntry(
          session.id,
          { seq: 1, entry: { at, kind: 'help', place: await this.#helpPlace() } },
          false,
        );
        seat.tell(again);
        return true;
      }
      if (appended.kind !== 'appended') return false;
      this.#helpDesk.ring({ sessionId: session.id, userId: session.userId, place });
      return true;
    });
  }

  /** Stops the answer being written, wherever it is. */
  async cancel(participant: Participant, sessionId: string | undefined, turnId: string | undefined): Promise<void> {
    const session = await this.#attachment.target(seatOf(participant), sessionId, 'touch');
    const isKnown = session === null || session.isAnswering || this.#context.settings.isSoleReplica;
    // It may be written by another replica that nothing was heard of yet.
    if (!isKnown) await session.queue.run(() => this.#turns.opened(session));
    const running = session?.run?.turnId ?? session?.answer?.turnId;
    if (session === null || running === undefined || (turnId !== undefined && turnId !== running)) {
      throw new WireError(
        'NOT_FOUND',
        'No answer is being written that could be stopped.',
        turnId === undefined ? {} : { turnId },
      );
    }
    if (session.run !== null) session.run.stop('cancelled');
    else {
      if (session.answer !== null) session.answer.cancelAskedAt ??= this.#context.clock.monotonic();
      this.#context.bus.publish(session.id, { kind: 'cancel', turnId: running });
    }
  }

  /** Asks the model again. */
  async retry(participant: Participant, sessionId: string | undefined): Promise<void> {
    const seat = seatOf(participant);
    const session = await this.#attachment.target(seat, sessionId, 'touch');
    if (session === null) throw new WireError('NOT_FOUND', 'There is no unanswered message to ask again for.');
    await session.queue.run(() => this.#turns.retry(session, seat));
  }

  /** Tells the other side, at most once a second. */
  async typing(participant: Participant, sessionId: string | undefined): Promise<void> {
    const seat = seatOf(participant);
    const session = await this.#attachment.target(seat, sessionId, 'read');
    const now = this.#context.clock.monotonic();
    if (session === null || session.projection.floor.kind === 'ai' || now - seat.typingAt < typingIntervalMs) return;
    seat.typingAt = now;
    this.#context.bus.publish(session.id, {
      kind: 'typing',
      from: 'user',
      userId: participant.user.id,
      origin: participant.id,
    });
  }

  #checkModel(modelId: string): void {
    if (this.#context.models.providerOf(modelId) !== undefined) return;
    const known = this.#context.models.models.map(({ id }) => id).join(', ');
    throw new WireError('INVALID_FORMAT', `There is no such model. Known: ${known}`.slice(0, 500));
  }

  #sendOf(messageId: string | undefined, spoken: Spoken, modelId: string | undefined): Send {
    const { clock, random } = this.#context;
    return { messageId: messageId ?? uuidv7(clock.now(), random), wantsAck: messageId !== undefined, spoken, modelId };
  }

  #send(seat: Seat, sessionId: string | undefined, send: Send): Promise<void> {
    // The hot path: the session that the socket talks in is live and named, or none is.
    const here = this.#attachment.here(seat, sessionId);
    return here === null ? this.#sendElsewhere(seat, sessionId, send) : this.#sendHere(here, seat, sessionId, send);
  }

  async #sendHere(here: LiveSession, seat: Seat, sessionId: string | undefined, send: Send): Promise<void> {
    if (!(await this.#speak(here, seat, send))) await this.#sendElsewhere(seat, sessionId, send);
  }

  async #sendElsewhere(seat: Seat, sessionId: string | undefined, send: Send): Promise<void> {
    const session = await this.#attachment.target(seat, sessionId, 'read');
    if (await this.#wasStored(seat, session, send)) return;
    if (session?.isEnded === true && send.spoken.type === 'file_upload') {
      throw new WireError(
        'SESSION_ENDED',
        'This conversation has ended. Send a message first; share the file in the one that goes on.',
      );
    }
    await this.#inSession(seat, undefined, (here) => this.#speak(here, seat, send));
  }

  /** The same, with `act` in the session's queue. */
  #queued(seat: Seat, sessionId: string | undefined, act: (session: LiveSession) => Promise<boolean>): Promise<void> {
    return this.#inSession(seat, sessionId, (session) => session.queue.run(() => act(session)));
  }

  /** Runs `act` on the session that the frame is for; when that ended in between (act says false), on the one that goes on from it. */
  async #inSession(
    seat: Seat,
    sessionId: string | undefined,
    act: (session: LiveSession) => Promise<boolean>,
  ): Promise<void> {
    let session = await this.#attachment.target(seat, sessionId, 'store');
    for (let move = 0; move < maxMoves; move += 1) {
      const here: LiveSession = session ?? (await this.#attachment.goOn(seat));
      if (await act(here)) return;
      session = await this.#attachment.goOn(seat);
    }
    throw new WireError('SESSION_ENDED', 'The conversation ended while this was being sent. Send it again.');
  }

  /** Appends a message in the session's queue; false when the session has ended. */
  async #speak(session: LiveSession, seat: Seat, send: Send): Promise<boolean> {
    const { user } = seat.participant;
    const at = this.#context.clock.now();
    const message = messageOf(send, user, at);
    const asks = send.spoken.type !== 'file_upload';
    const draft = (head: Projection) => {
      if (head.endedAt !== null) return null;
      const turn = asks ? this.#turnFor(session, head, send) : undefined;
      return turn === undefined ? { entry: message } : { entry: message, turn };
    };
    const place = session.queue.enter();
    if (place !== null) await place;
    session.sends.add({ messageId: send.messageId, seat, wantsAck: send.wantsAck });
    let isAwaited = false;
    try {
      const appended = await session.append(draft);
      if (appended.kind === 'refused' || appended.kind === 'gone') return false;
      if (appended.kind === 'duplicate') {
        isAwaited = this.#again(session, seat, send, appended.existing);
        return true;
      }
      isAwaited = true;
      if (asks && session.projection.floor.kind === 'ai')
        await this.#follow(session, seat, appended.log, appended.turn);
      return true;
    } finally {
      if (!isAwaited) session.sends.forget(send.messageId, seat);
      session.queue.leave();
    }
  }

  #turnFor(session: LiveSession, head: Projection, send: Send): Turn | undefined {
    return this.#turns.withMessage(session, head, head.seq + 1, this.#turns.modelFor(head, send.modelId));
  }

  /** Has the model, which has the floor, answer what was stored, now or after what it is answering. */
  async #follow(session: LiveSession, seat: Seat, { seq }: LogEntry, turn: Turn | undefined): Promise<void> {
    session.asks(seat);
    if (turn !== undefined) {
      this.#turns.start(session, turn);
      return;
    }
    session.waiting.add(seq);
    try {
      await this.#turns.next(session);
    } catch (error) {
      // The message is stored and acked all the same; a sweep tries again to have it answered.
      this.#context.log.warn('turn_not_made', { session: session.id, seq }, error);
    }
  }

  /** The same send once more: the same ack (the running answer goes on), or an error when its content is another. True when the ack is still to come. */
  #again(session: LiveSession, seat: Seat, send: Send, existing: LogEntry): boolean {
    mustBeSame(existing, send.spoken, send.messageId);
    if (existing.seq > session.delivered) return true;
    seat.tell(ackFrame(session.id, existing, send.messageId));
    return false;
  }

  /** A send that was stored before its session ended is acked there; it does not go on to the next session as a second message. */
  async #wasStored(seat: Seat, session: LiveSession | null, send: Send): Promise<boolean> {
    if (session?.isEnded !== true || !send.wantsAck) return false;
    const existing = await this.#context.store.entryOf(session.id, 'user', send.messageId);
    if (existing === null) return false;
    this.#again(session, seat, send, existing);
    return true;
  }

  async #helpPlace(): Promise<number> {
    const { store, clock } = this.#context;
    const waiting = await store.listSessions({
      status: 'active',
      helpRequested: true,
      sortBy: 'last_activity',
      sortOrder: 'asc',
      limit: helpPlaceLimit,
      now: clock.now(),
    });
    return waiting.sessions.length + 1;
  }
}

/** The entry of a send. Field by field: it is made for every message, and most say nothing but text. */
function messageOf({ messageId, spoken }: Send, user: User, at: number): MessageEntry & { readonly at: number } {
  const { type, content, fileId, fileUrl, metadata } = spoken;
  const message: Spelled = {
    at,
    kind: 'message',
    sender: 'user',
    type,
    messageId,
    authorId: user.id,
    authorName: user.name,
    content,
  };
  if (fileId !== undefined) message.fileId = fileId;
  if (fileUrl !== undefined) message.fileUrl = fileUrl;
  if (metadata !== undefined) message.metadata = metadata;
  return message;
}
