// Station: chat. The sessions of others that an admin's socket is in: joining, leaving, reading along (finding H6). Called by create-chat.
import { WireError } from '../../protocol/errors.js';
import { limits } from '../../protocol/limits.js';
import type { Participant, User } from '../ports/participant.js';
import type { AttachRequest, JoinRequest, LeaveRequest, WatchRequest } from './api.js';
import type { Asides } from './asides.js';
import type { ChatContext } from './context.js';
import { DeskSeat } from './desk-seat.js';
import { type Floor, isHeldBy, noSuchSession, type Taken, type TakeRequest } from './floor.js';
import { rejoinFrame } from './frames.js';
import type { LiveSession } from './live-session.js';
import type { Registry } from './registry.js';
import { replay, tellAnswer, tellRunning } from './replay.js';
import { Seat, seatOf } from './seat.js';
import { standing, statusFrame } from './status-frame.js';
import type { Users } from './users.js';

/** What a place begins with: the status that it is told, the id of the frame that asked for it, and where the client was. */
interface Entrance {
  readonly status: string;
  readonly messageId: string | undefined;
  readonly position: AttachRequest;
}

/** Seats admins in the sessions of others. */
export class Desk {
  readonly #context: ChatContext;
  readonly #registry: Registry;
  readonly #users: Users;
  readonly #floor: Floor;
  readonly #asides: Asides;
  /** Leases that are being told that a socket is gone. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(context: ChatContext, registry: Registry, users: Users, floor: Floor, asides: Asides) {
    this.#context = context;
    this.#registry = registry;
    this.#users = users;
    this.#floor = floor;
    this.#asides = asides;
  }

  /** A new socket of an admin that names a session which this admin holds is in it at once; false for any other. */
  async attach(participant: Participant, ask: AttachRequest): Promise<boolean> {
    const { sessionId } = ask;
    if (!participant.user.isAdmin || sessionId === undefined || ask.fresh === true) return false;
    const stored = await this.#context.store.session(sessionId);
    if (stored === null || stored.userId === participant.user.id) return false;
    const home = new Seat(participant);
    const isIn = await this.#registry.using(sessionId, async (session) => {
      if (!this.#context.settings.isSoleReplica) await session.queue.run(() => session.catchUp());
      if (!isHeldBy(session.projection.floor, participant.user.id)) return false;
      participant.attachment = home;
      const entrance = { status: 'connected', messageId: undefined, position: ask };
      try {
        await this.#join(home, session, { force: false, rejoin: true, isJoining: true }, entrance);
      } catch (error) {
        // It ran out in this moment: the socket begins like any other.
        if (error instanceof WireError) return false;
        throw error;
      }
      this.#users.reserve(home);
      return true;
    });
    return isIn ?? false;
  }

  /** Takes a session for the admin at this socket, and seats the socket in it. */
  async join(participant: Participant, { messageId, force, rejoin, ...position }: JoinRequest): Promise<void> {
    const home = seatOf(participant);
    const how = { force: force ?? false, rejoin: rejoin ?? false, isJoining: true };
    await this.#in(participant.user, position.sessionId, (session) =>
      this.#join(home, session, how, { status: 'joined', messageId, position }),
    );
  }

  /** Takes a session without a socket: the lease is a long one, and lapses unless a socket joins. */
  async takeOver(admin: User, sessionId: string, force: boolean): Promise<void> {
    await this.#in(admin, sessionId, async (session) => {
      await session.queue.run(() => this.#floor.take(session, admin, { force, rejoin: false, isJoining: false }));
    });
  }

  /** Gives back what this admin holds; nothing happens where nobody holds it. */
  async release(admin: User, sessionId: string): Promise<void> {
    await this.#in(admin, sessionId, async (session) => {
      await session.queue.run(async () => {
        if (session.projection.floor.kind === 'admin') await this.#floor.leave(session, admin, null);
      });
    });
  }

  /** Gives a session back, or ends reading along. Without an id: the session that this socket joined last. */
  async leave(participant: Participant, { sessionId, messageId, note }: LeaveRequest): Promise<void> {
    const home = seatOf(participant);
    const id = sessionId ?? this.current(home)?.session?.id;
    if (id === undefined)
      throw new WireError('MISSING_FIELD', '"session_id" is required: this socket has joined no session.');
    const seat = home.desk?.get(id);
    await this.#in(participant.user, id, async (session) => {
      const isHolder = isHeldBy(session.projection.floor, participant.user.id);
      if (seat !== undefined && (session.isEnded || (seat.isWatching && !isHolder))) this.#out(seat);
      else await session.queue.run(() => this.#giveBack(session, participant.user, note));
      home.tell(this.#status(home, session, 'left', messageId, {}));
    });
  }

  /** Reads along: the user is told nothing. */
  async watch(participant: Participant, { messageId, ...position }: WatchRequest): Promise<void> {
    const home = seatOf(participant);
    await this.#in(participant.user, position.sessionId, async (session) => {
      if (session.isEnded)
        throw new WireError('SESSION_ENDED', 'This conversation has ended. Its history can still be read.');
      const known = home.desk?.get(session.id);
      const seat = known ?? this.#enter(home, session);
      seat.isWatching = true;
      await this.#greet(home, seat, session, { status: 'watching', messageId, position }, known === undefined);
    });
  }

  /** Replays what the socket missed in a session that it is in at its desk; false when it is not. */
  async resume(participant: Participant, position: AttachRequest): Promise<boolean> {
    const home = seatOf(participant);
    const seat = this.seatIn(home, position.sessionId);
    if (seat === null || seat.session === null) return false;
    const { session } = seat;
    await this.#greet(home, seat, session, { status: 'resumed', messageId: undefined, position }, true);
    this.#context.meter.resumed();
    return true;
  }

  /** The socket is gone. */
  detach(home: Seat): void {
    for (const seat of [...(home.desk?.values() ?? [])]) this.#out(seat);
  }

  /** Resolves when no lease is being told any more that its socket is gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#leaving);
  }

  /** The place of this socket in that session; null when it has none, or the session is gone. */
  seatIn(home: Seat, sessionId: string | undefined): DeskSeat | null {
    const seat = sessionId === undefined ? undefined : home.desk?.get(sessionId);
    if (seat?.session?.isGone !== true) return seat ?? null;
    this.#out(seat);
    return null;
  }

  /** The place that this socket joined last. */
  current(home: Seat): DeskSeat | null {
    const seats = [...(home.desk?.values() ?? [])];
    return seats.findLast(({ isJoined, session }) => isJoined && session?.isGone === false) ?? null;
  }

  /** Why an admin can't speak in that session: it is held by another, by this one elsewhere, by nobody; it ended, or there is none. */
  async whyNotJoined(home: Seat, sessionId: string): Promise<WireError> {
    const { user } = home.participant;
    const why = await this.#registry.using(sessionId, async (session) => {
      await this.#floor.mustHold(session, user.id);
      return new WireError('UNAUTHORIZED', 'This socket has not joined this conversation. Send "admin_join" first.');
    });
    return why ?? noSuchSession();
  }

  async #join(home: Seat, session: LiveSession, how: TakeRequest, entrance: Entrance): Promise<void> {
    const { participant } = home;
    const known = this.seatIn(home, session.id);
    if (known === null) this.#mustHaveRoom(home);
    let seat: DeskSeat | null = null;
    let from: number | null = null;
    await session.queue.run(async () => {
      const taken = await this.#floor.take(session, participant.user, how);
      if (participant.isClosed) return;
      // From here to the end of this step nothing waits: the answer is told as far as it came before the floor moved, and what follows is in the log.
      seat = known ?? this.#enter(home, session);
      seat.isJoined = true;
      this.#toEnd(home, seat);
      from = this.#beginJoined(seat, session, taken, entrance, known === null);
    });
    // The socket closed while it was being seated: the lease that was taken for it runs out.
    if (seat === null) await this.#gone(session, participant.user.id);
    else if (from !== null) await replay(seat, session, { lastSeq: from }, this.#context);
  }

  /** Tells a place that it has joined; the seq after which it is to be replayed, null where it was in the session before. */
  #beginJoined(seat: DeskSeat, session: LiveSession, taken: Taken, entrance: Entrance, isNew: boolean): number | null {
    const { clock, settings } = this.#context;
    const { position } = entrance;
    const head = taken.kind === 'taken' ? taken.seq - 1 : session.delivered;
    const after = isNew ? (position.lastSeq ?? head) : session.delivered;
    const metadata = {
      resumed: String(isNew && position.lastSeq !== undefined),
      last_seq: String(after),
      lease: String(settings.floorLeaseMs),
      ...standing(session),
    };
    seat.tell(this.#status(seat, session, entrance.status, entrance.messageId, metadata));
    if (isNew && session.answer !== null && taken.kind === 'taken')
      tellRunning(seat, session, session.answer, position, this.#context);
    const { floor } = session.projection;
    if (taken.kind === 'again' && floor.kind === 'admin') seat.tell(rejoinFrame(session.id, clock.now(), floor));
    seat.isReplaying = isNew;
    return isNew ? after : null;
  }

  /** Tells a place what it is in and, where the client was there before, what it missed. */
  async #greet(home: Seat, seat: DeskSeat, session: LiveSession, entrance: Entrance, isNew: boolean): Promise<void> {
    const { position } = entrance;
    seat.isReplaying = isNew && position.lastSeq !== undefined;
    const metadata = {
      resumed: String(seat.isReplaying),
      last_seq: String(session.delivered),
      ...standing(session),
    };
    seat.tell(this.#status(home, session, entrance.status, entrance.messageId, metadata));
    if (seat.isReplaying && position.lastSeq !== undefined)
      await replay(seat, session, { ...position, lastSeq: position.lastSeq }, this.#context);
    else if (isNew) await tellAnswer(seat, session, position, this.#context);
  }

  #giveBack(session: LiveSession, admin: User, note: string | undefined): Promise<void> {
    if (note === undefined) return this.#floor.leave(session, admin, null);
    const { floorEpoch, seq } = session.projection;
    // A leave that failed and is sent again leaves one note.
    const aside = { id: `note:${floorEpoch}`, kind: 'note', seq, adminId: admin.id, text: note } as const;
    return this.#floor.leave(session, admin, async () => void (await this.#asides.keep(session, aside)));
  }

  /** Runs `act` with a session of somebody else. @throws WireError NOT_FOUND where there is none, INVALID_FORMAT for the admin's own */
  async #in(admin: User, sessionId: string | undefined, act: (session: LiveSession) => Promise<void>): Promise<void> {
    const found = await this.#registry.using(sessionId ?? '', async (session) => {
      if (session.userId === admin.id)
        throw new WireError('INVALID_FORMAT', 'This is your own conversation: somebody else has to take it.');
      await act(session);
      return true;
    });
    if (found === null) throw noSuchSession();
  }

  #mustHaveRoom(home: Seat): void {
    if ((home.desk?.size ?? 0) < limits.adminSessions) return;
    throw new WireError(
      'TOO_MANY_REQUESTS',
      `One connection can be in ${limits.adminSessions} sessions. Leave one first.`,
    );
  }

  #enter(home: Seat, session: LiveSession): DeskSeat {
    this.#mustHaveRoom(home);
    const seat = new DeskSeat(home.participant, session, (each) => this.#out(each));
    home.desk ??= new Map();
    home.desk.set(session.id, seat);
    session.seats.push(seat);
    return seat;
  }

  #toEnd(home: Seat, seat: DeskSeat): void {
    const id = seat.session?.id ?? '';
    home.desk?.delete(id);
    home.desk?.set(id, seat);
  }

  /** Takes a place away; where it kept a lease, that runs out from here on. */
  #out(seat: DeskSeat): void {
    const { session } = seat;
    if (session === null) return;
    seat.session = null;
    const home = seat.participant.attachment;
    if (home instanceof Seat) home.desk?.delete(session.id);
    const at = session.seats.indexOf(seat);
    if (at >= 0) session.seats.splice(at, 1);
    if (seat.isJoined) void this.#gone(session, seat.participant.user.id);
    this.#registry.release(session);
  }

  /** Where no other socket of that admin is in the session here, the user is told that the connection is lost. */
  #gone(session: LiveSession, adminId: string): Promise<void> {
    if (session.isGone || joinedIn(session, adminId) || !isHeldBy(session.projection.floor, adminId))
      return Promise.resolve();
    session.pins += 1;
    const told: Promise<void> = session.queue
      .run(() => (joinedIn(session, adminId) ? Promise.resolve() : this.#floor.away(session)))
      .catch((error: unknown) => this.#context.log.warn('away_not_told', { session: session.id }, error))
      .finally(() => {
        session.pins -= 1;
        this.#leaving.delete(told);
        this.#registry.release(session);
      });
    this.#leaving.add(told);
    return told;
  }

  #status(
    { participant }: Seat | DeskSeat,
    session: LiveSession,
    status: string,
    messageId: string | undefined,
    metadata: Readonly<Record<string, string>>,
  ) {
    const frame = statusFrame(this.#context, { participant, sessionId: session.id, session }, status, {
      owner_id: session.userId,
      ...metadata,
    });
    return messageId === undefined ? frame : { ...frame, message_id: messageId };
  }
}

/** Whether a live socket of that admin is in the session here as its holder. */
export function joinedIn(session: LiveSession, adminId: string): boolean {
  return session.seats.some(
    (seat) =>
      seat instanceof DeskSeat && seat.isJoined && !seat.participant.isClosed && seat.participant.user.id === adminId,
  );
}
