// Station: chat. Which session a socket talks in (PROTOCOL.md): ownership is checked in the step that attaches (finding R4). Called by create-chat and sends.
import { WireError } from '../../protocol/errors.js';
import type { Participant } from '../ports/participant.js';
import type { AttachRequest } from './api.js';
import type { ChatContext } from './context.js';
import { stamp } from './frames.js';
import type { LiveSession } from './live-session.js';
import type { Registry } from './registry.js';
import { replay, tellAnswer } from './replay.js';
import { Seat } from './seat.js';
import type { Users } from './users.js';

/** What a frame wants of the session that it names. `store`: a message or model choice, which goes on elsewhere when that one has ended. */
export type Purpose = 'store' | 'touch' | 'read';

/** Seats sockets in sessions and moves them. */
export class Attachment {
  readonly #context: ChatContext;
  readonly #registry: Registry;
  readonly #users: Users;

  constructor(context: ChatContext, registry: Registry, users: Users) {
    this.#context = context;
    this.#registry = registry;
    this.#users = users;
  }

  /** Seats a new socket and sends its `connection_status`, then what it missed. */
  async attach(participant: Participant, ask: AttachRequest): Promise<void> {
    const seat = new Seat(participant);
    participant.attachment = seat;
    seat.isFresh = ask.fresh === true;
    if (!seat.isFresh) {
      const asked = ask.sessionId === undefined ? undefined : await this.#own(participant, ask.sessionId);
      const id = asked ?? (await this.#context.store.activeSession(participant.user.id)).session?.id;
      // Position and answer are those of the session that was asked for, not of another.
      const wanted = asked === undefined && ask.sessionId !== undefined ? {} : ask;
      if (id !== undefined && (await this.#seatIn(seat, id, 'connected', wanted))) {
        if (asked === undefined && ask.sessionId !== undefined) seat.alias = ask.sessionId;
        return;
      }
      if (ask.sessionId !== undefined) seat.alias = ask.sessionId;
    }
    if (participant.isClosed) return;
    this.#users.reserve(seat);
    seat.tell(this.#status(seat, 'connected', { resumed: 'false', last_seq: '0' }));
  }

  /** Takes a seat away. Idempotent. */
  detach(seat: Seat): void {
    this.#users.unreserve(seat);
    this.#leave(seat);
  }

  /** Replays what the seat missed in `ask.sessionId`, which it moves to. */
  async resume(seat: Seat, ask: AttachRequest): Promise<void> {
    const id = ask.sessionId;
    if (id === undefined || id === seat.reservedId || id === seat.alias) {
      if (seat.session === null) {
        seat.tell(this.#status(seat, 'connected', { resumed: 'false', last_seq: '0' }));
        return;
      }
      await this.#seatIn(seat, seat.session.id, 'resumed', ask);
      return;
    }
    const own = await this.#own(seat.participant, id, 'refuse');
    if (own === undefined || !(await this.#seatIn(seat, own, 'resumed', ask))) {
      throw new WireError(
        'NOT_FOUND',
        'There is no such session to resume. Read your sessions over HTTP: GET /sessions.',
      );
    }
  }

  /**
   * The live session that a frame is for. Null: the seat has none yet, and `purpose` makes none.
   * @throws WireError UNAUTHORIZED for someone else's session, SESSION_ENDED for an ended one that only a message could go on from
   */
  async target(seat: Seat, sessionId: string | undefined, purpose: Purpose): Promise<LiveSession | null> {
    if (sessionId !== undefined && sessionId !== seat.sessionId && sessionId !== seat.alias)
      await this.#moveTo(seat, sessionId);
    const { session } = seat;
    if (session?.isGone === true) this.#leave(seat);
    if (seat.session !== null && !seat.session.isEnded) return seat.session;
    if (purpose === 'store') return await this.goOn(seat);
    if (seat.session !== null && purpose === 'touch') {
      throw new WireError(
        'SESSION_ENDED',
        'This conversation has ended. Send a message to begin or go on with another.',
      );
    }
    return seat.session;
  }

  /** Moves a seat whose session has ended, or that has none, to the user's active session or a new one. */
  async goOn(seat: Seat): Promise<LiveSession> {
    const { user } = seat.participant;
    const candidate = seat.session === null && seat.reservedId !== '' ? seat.reservedId : this.#users.newId();
    const found = seat.isFresh
      ? { session: await this.#users.another(user.id, candidate, ''), isNew: true }
      : await this.#users.activeOrNew(user.id, candidate);
    const { id } = found.session;
    if (found.isNew) this.#registry.adopt(found.session);
    for (const each of this.#users.sharing(seat)) {
      const wasKnown = each.session === null && each.reservedId === id;
      if (!(await this.#seatIn(each, id, wasKnown ? null : 'connected', {})) && each === seat) {
        throw new WireError('NOT_FOUND', 'The session was deleted in this moment. Send the message again.');
      }
    }
    seat.isFresh = false;
    if (seat.session === null) throw new WireError('SERVICE_ERROR', 'The socket is closing.');
    return seat.session;
  }

  async #moveTo(seat: Seat, sessionId: string): Promise<void> {
    const own = await this.#own(seat.participant, sessionId, 'refuse');
    if (own === undefined || !(await this.#seatIn(seat, own, 'connected', {}))) {
      // An id that no session has: the client made it up and means the session that it talks in.
      seat.alias = sessionId;
    }
  }

  /** The id, if it is the user's own; undefined if no session has it. Someone else's is the same, or refused. */
  async #own(participant: Participant, sessionId: string, othersAre?: 'refuse'): Promise<string | undefined> {
    const live = this.#registry.peek(sessionId);
    const owner = live?.userId ?? (await this.#context.store.session(sessionId))?.userId;
    if (owner === participant.user.id) return sessionId;
    if (owner !== undefined && othersAre === 'refuse') {
      throw new WireError('UNAUTHORIZED', 'This session is not yours.');
    }
    return undefined;
  }

  /** False when the session is gone. `status` null: the socket knows the id already, nothing is told. */
  async #seatIn(seat: Seat, id: string, status: 'connected' | 'resumed' | null, ask: AttachRequest): Promise<boolean> {
    const seated = await this.#registry.using(id, async (session) => {
      await session.queue.run(async () => this.#enter(seat, session, status, ask));
      if (seat.session !== session) return !session.isGone;
      if (seat.isReplaying && ask.lastSeq !== undefined) {
        await replay(seat, session, { ...ask, lastSeq: ask.lastSeq }, this.#context);
        this.#context.meter.resumed();
      } else if (status !== null) await tellAnswer(seat, session, ask, this.#context);
      return true;
    });
    return seated ?? false;
  }

  #enter(seat: Seat, session: LiveSession, status: 'connected' | 'resumed' | null, ask: AttachRequest): void {
    if (session.isGone || seat.participant.isClosed) return;
    this.#users.unreserve(seat);
    if (seat.session !== session) this.#leave(seat);
    seat.session = session;
    seat.alias = null;
    if (!session.seats.includes(seat)) session.seats.push(seat);
    seat.isReplaying = ask.lastSeq !== undefined;
    if (status === null) return;
    const { answer } = session;
    seat.tell(
      this.#status(seat, status, {
        resumed: String(ask.lastSeq !== undefined),
        last_seq: String(session.delivered),
        state: session.isEnded ? 'ended' : 'active',
        ...(answer === null ? {} : { turn_id: answer.turnId }),
        ...holder(session),
      }),
    );
  }

  #leave(seat: Seat): void {
    const { session } = seat;
    if (session === null) return;
    seat.session = null;
    const at = session.seats.indexOf(seat);
    if (at >= 0) session.seats.splice(at, 1);
    this.#registry.release(session);
  }

  #status(seat: Seat, status: string, metadata: Record<string, string>) {
    const { clock, models } = this.#context;
    const modelId = seat.session?.projection.modelId ?? models.models[0]?.id;
    return {
      type: 'connection_status' as const,
      session_id: seat.sessionId,
      user_id: seat.participant.user.id,
      models: models.models.map(({ id, name }) => ({ id, name })),
      ...(modelId === undefined ? {} : { model_id: modelId }),
      timestamp: stamp(clock.now()),
      sender: 'system' as const,
      metadata: { status, ...metadata },
    };
  }
}

function holder(session: LiveSession): Record<string, string> {
  const { floor } = session.projection;
  return floor.kind === 'ai' ? {} : { admin_id: floor.id, admin_name: floor.name };
}
