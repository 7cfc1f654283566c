// Station: chat. Which session a socket talks in (PROTOCOL.md): ownership is checked in the step that attaches (finding R4). Called by create-chat and sends.
import { WireError } from '../../protocol/errors.js';
import type { Participant } from '../ports/participant.js';
import type { AttachRequest } from './api.js';
import type { ChatContext } from './context.js';
import type { LiveSession } from './live-session.js';
import type { Registry } from './registry.js';
import { replay, tellAnswer } from './replay.js';
import { Seat } from './seat.js';
import { standing, statusFrame } from './status-frame.js';
import type { Users } from './users.js';

/** What a frame wants of the session that it names. `store`: a message or model choice, which goes on elsewhere when that one has ended. */
export type Purpose = 'store' | 'touch' | 'read';

const maxStale = 3;

/** How often a replica says which sessions have sockets here, in milliseconds. */
export const keepAttachedEveryMs = 60_000;
/** How long that holds, in milliseconds: two such words may be lost. */
export const attachedForMs = 3 * keepAttachedEveryMs;

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
    if (!seat.isFresh && (await this.#seatFirst(seat, ask))) return;
    if (participant.isClosed) return;
    this.#users.reserve(seat);
    seat.tell(this.#status(seat, 'connected', { resumed: 'false', last_seq: '0' }));
  }

  /** Seats a new socket in the session that it asks for, else in the active one; false when there is neither. */
  async #seatFirst(seat: Seat, ask: AttachRequest): Promise<boolean> {
    const { participant } = seat;
    const owner = ask.sessionId === undefined ? undefined : await this.#ownerOf(ask.sessionId);
    if (ask.sessionId !== undefined && owner === participant.user.id) {
      if (await this.#seatIn(seat, ask.sessionId, 'connected', ask)) return true;
    }
    // Position and answer are those of the session that was asked for, not of another.
    const { session } = await this.#context.store.activeSession(participant.user.id);
    const isSeated =
      session !== null && (await this.#seatIn(seat, session.id, 'connected', ask.sessionId === undefined ? ask : {}));
    // An id that no session has: the client made it up. Someone else's stays what it is, and is refused in every frame.
    if (ask.sessionId !== undefined && owner === undefined) seat.alias = ask.sessionId;
    return isSeated;
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
      if (!(await this.#seatIn(seat, seat.session.id, 'resumed', ask))) throw nothingToResume();
      return;
    }
    if (!(await this.#isOwn(seat, id)) || !(await this.#seatIn(seat, id, 'resumed', ask))) throw nothingToResume();
  }

  /** The session that the socket talks in, if the frame names it (or none) and it can be written to: all without a wait. */
  here(seat: Seat, sessionId: string | undefined): LiveSession | null {
    const { session } = seat;
    if (session === null || session.isGone || session.isEnded) return null;
    return sessionId === undefined || sessionId === session.id || sessionId === seat.alias ? session : null;
  }

  /**
   * The live session that a frame is for. Null: the seat has none yet, and `purpose` makes none.
   * @throws WireError UNAUTHORIZED for someone else's session, SESSION_ENDED for an ended one that only a message could go on from
   */
  async target(seat: Seat, sessionId: string | undefined, purpose: Purpose): Promise<LiveSession | null> {
    if (sessionId !== undefined && sessionId !== seat.sessionId && sessionId !== seat.alias)
      await this.#moveTo(seat, sessionId);
    const { session } = seat;
    if (session?.isGone === true) {
      this.#leave(seat);
      this.#users.reserve(seat);
    }
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
    for (let attempt = 0; attempt < maxStale; attempt += 1) {
      const session = await this.#goOnce(seat);
      if (!session.isEnded) return session;
      // Its end is in the log but not yet in what lists show: write that, and ask again which one is active.
      this.#context.changed(session);
      await this.#context.flush();
    }
    throw new WireError('SESSION_ENDED', 'The conversation ended while this was being sent. Send it again.');
  }

  async #goOnce(seat: Seat): Promise<LiveSession> {
    const { user } = seat.participant;
    const candidate = seat.session === null && seat.reservedId !== '' ? seat.reservedId : this.#users.newId();
    const found = seat.isFresh
      ? { session: await this.#users.another(user.id, candidate, ''), isNew: true }
      : await this.#users.activeOrNew(user.id, candidate);
    const { id } = found.session;
    if (found.isNew) this.#registry.adopt(found.session);
    for (const each of this.#users.sharing(seat)) {
      // Another of the user's sockets may have seated this one already, a moment ago.
      const wasKnown = each.sessionId === id;
      if (!(await this.#seatIn(each, id, wasKnown ? null : 'connected', {})) && each === seat) {
        throw new WireError('NOT_FOUND', 'The session was deleted in this moment. Send the message again.');
      }
    }
    seat.isFresh = false;
    if (seat.session === null) throw new WireError('SERVICE_ERROR', 'The socket is closing.');
    return seat.session;
  }

  async #moveTo(seat: Seat, sessionId: string): Promise<void> {
    if (!(await this.#isOwn(seat, sessionId)) || !(await this.#seatIn(seat, sessionId, 'connected', {}))) {
      // An id that no session has: the client made it up and means the session that it talks in.
      seat.alias = sessionId;
    }
  }

  async #ownerOf(sessionId: string): Promise<string | undefined> {
    return this.#registry.peek(sessionId)?.userId ?? (await this.#context.store.session(sessionId))?.userId;
  }

  /** Whether the session is the user's; false when no session has that id. @throws WireError UNAUTHORIZED when it is someone else's (finding R22) */
  async #isOwn(seat: Seat, sessionId: string): Promise<boolean> {
    const owner = await this.#ownerOf(sessionId);
    if (owner === undefined) return false;
    if (owner === seat.participant.user.id) return true;
    throw new WireError('UNAUTHORIZED', 'This session is not yours.');
  }

  /** False when the session is gone. `status` null: the socket knows the id already, nothing is told. */
  async #seatIn(seat: Seat, id: string, status: 'connected' | 'resumed' | null, ask: AttachRequest): Promise<boolean> {
    const seated = await this.#registry.using(id, async (session) => {
      await this.#keepFromIdling(session);
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

  /** Another replica would end a session that is idle so long that the next regular word of its sockets came too late. */
  async #keepFromIdling(session: LiveSession): Promise<void> {
    const { clock, settings, store } = this.#context;
    const leftMs = session.projection.lastActivityAt + settings.sessionTimeoutMs - clock.now();
    if (settings.isSoleReplica || session.isEnded || session.seats.length > 0 || leftMs > keepAttachedEveryMs) return;
    await store.keepAttached([session.id], clock.now() + attachedForMs);
  }

  #enter(seat: Seat, session: LiveSession, status: 'connected' | 'resumed' | null, ask: AttachRequest): void {
    if (session.isGone || seat.participant.isClosed) return;
    this.#users.unreserve(seat);
    if (seat.session !== session) this.#leave(seat);
    seat.session = session;
    seat.reservedId = '';
    seat.alias = null;
    if (!session.seats.includes(seat)) session.seats.push(seat);
    seat.isReplaying = ask.lastSeq !== undefined;
    if (status === null) return;
    seat.tell(
      this.#status(seat, status, {
        resumed: String(ask.lastSeq !== undefined),
        last_seq: String(session.delivered),
        ...standing(session),
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

  #status(seat: Seat, status: string, metadata: Readonly<Record<string, string>>) {
    return statusFrame(this.#context, seat, status, metadata);
  }
}

function nothingToResume(): WireError {
  return new WireError('NOT_FOUND', 'There is no such session to resume. Read your sessions over HTTP: GET /sessions.');
}
