// Station: chat. What an admin says: to the user, to the model unseen, and that they type. Called by create-chat.
import { uuidv7 } from '../../common/random.js';
import { WireError } from '../../protocol/errors.js';
import type { Participant } from '../ports/participant.js';
import type { SayRequest, WhisperRequest } from './api.js';
import type { Asides } from './asides.js';
import type { ChatContext } from './context.js';
import type { Desk } from './desk.js';
import type { DeskSeat } from './desk-seat.js';
import { type Floor, isHeldBy, noSuchSession } from './floor.js';
import { ackFrame, stamp } from './frames.js';
import type { LiveSession } from './live-session.js';
import { mustBeSame, type Spoken } from './same-send.js';
import { type Seat, seatOf } from './seat.js';

const typingIntervalMs = 1_000;

/** Handles what admins say in sessions of others. */
export class AdminSpeech {
  readonly #context: ChatContext;
  readonly #desk: Desk;
  readonly #floor: Floor;
  readonly #asides: Asides;

  constructor(context: ChatContext, desk: Desk, floor: Floor, asides: Asides) {
    this.#context = context;
    this.#desk = desk;
    this.#floor = floor;
    this.#asides = asides;
  }

  /** The place at which a frame of this socket speaks for an admin; null where it speaks for the admin's own conversation. */
  placeFor(participant: Participant, sessionId: string | undefined): DeskSeat | null {
    if (!participant.user.isAdmin) return null;
    const home = seatOf(participant);
    const seat = sessionId === undefined ? this.#desk.current(home) : this.#desk.seatIn(home, sessionId);
    return seat?.isJoined === true ? seat : null;
  }

  /** Says it to the user: stored once, always acked. Resolves when durable. */
  async say(participant: Participant, request: SayRequest): Promise<void> {
    try {
      const seat = await this.#seatFor(seatOf(participant), request.sessionId);
      await this.#speak(seat, request);
    } catch (error) {
      this.#context.meter.adminMessageDropped();
      throw error;
    }
  }

  /** Keeps an instruction for the model, which the user never sees; acked without a seq, because it has none. */
  async whisper(participant: Participant, { sessionId, messageId, content }: WhisperRequest): Promise<void> {
    const home = seatOf(participant);
    const session = (sessionId === undefined ? this.#desk.current(home) : this.#desk.seatIn(home, sessionId))?.session;
    if (session == null)
      throw new WireError('UNAUTHORIZED', 'Join this conversation, or watch it, before you whisper.');
    const { clock, random, settings } = this.#context;
    const id = messageId ?? uuidv7(clock.now(), random);
    const aside = await session.queue.run(async () => {
      if (!settings.isSoleReplica) await session.catchUp();
      if (session.isGone) throw noSuchSession();
      if (session.isEnded) throw ended();
      const { seq } = session.projection;
      return await this.#asides.keep(session, {
        id,
        seq,
        kind: 'whisper',
        adminId: participant.user.id,
        text: content,
      });
    });
    home.tell({
      type: 'message_ack',
      session_id: session.id,
      timestamp: stamp(aside.at),
      message_id: id,
      metadata: { kind: 'whisper', bound_to: String(aside.seq) },
    });
  }

  /** Tells the user that the admin types, at most once a second. */
  typing(seat: DeskSeat): void {
    const { bus, clock } = this.#context;
    const { id, user } = seat.participant;
    const now = clock.monotonic();
    if (seat.session === null || !isHeldBy(seat.session.projection.floor, user.id)) return;
    if (now - seat.typingAt < typingIntervalMs) return;
    seat.typingAt = now;
    bus.publish(seat.session.id, { kind: 'typing', from: 'admin', userId: user.id, origin: id });
  }

  async #seatFor(home: Seat, sessionId: string | undefined): Promise<DeskSeat> {
    const seat = sessionId === undefined ? this.#desk.current(home) : this.#desk.seatIn(home, sessionId);
    if (seat?.isJoined === true) return seat;
    if (sessionId === undefined)
      throw new WireError('UNAUTHORIZED', 'This socket has joined no session. Send "admin_join" first.');
    throw await this.#desk.whyNotJoined(home, sessionId);
  }

  async #speak(seat: DeskSeat, request: SayRequest): Promise<void> {
    const { clock, random } = this.#context;
    const { session, participant } = seat;
    if (session === null) throw noSuchSession();
    const { user } = participant;
    const messageId = request.messageId ?? uuidv7(clock.now(), random);
    const spoken: Spoken = {
      type: 'user_message',
      content: request.content,
      ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    };
    await session.queue.run(async () => {
      if (!(await this.#floor.mayStillSpeak(session, user.id))) await this.#floor.mustHold(session, user.id);
      const at = clock.now();
      const message = {
        at,
        kind: 'message',
        sender: 'admin',
        messageId,
        authorId: user.id,
        authorName: user.name,
      } as const;
      const own = { messageId, seat, wantsAck: true };
      session.sends.add(own);
      let isAwaited = false;
      try {
        const appended = await session.append((head) =>
          head.endedAt === null && isHeldBy(head.floor, user.id) ? { entry: { ...message, ...spoken } } : null,
        );
        if (appended.kind === 'duplicate') {
          mustBeSame(appended.existing, spoken, messageId);
          isAwaited = appended.existing.seq > session.delivered;
          if (!isAwaited) seat.tell(ackFrame(session.id, appended.existing, messageId));
        } else if (appended.kind === 'appended') isAwaited = true;
        else await this.#refused(session, user.id);
      } finally {
        if (!isAwaited) session.sends.forget(messageId, seat);
      }
    });
  }

  async #refused(session: LiveSession, adminId: string): Promise<never> {
    await this.#floor.mustHold(session, adminId);
    throw new WireError('SERVICE_ERROR', 'This conversation changed hands in this moment. Send the message again.');
  }
}

function ended(): WireError {
  return new WireError('SESSION_ENDED', 'This conversation has ended. Its history can still be read.');
}
