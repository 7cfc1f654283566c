// Station: chat. Which session a user's next message goes to, and the id that is reserved for it before there is one. Called by attachment.

import { uuidv7 } from '../../common/random.js';
import { SerialQueue } from '../../common/serial-queue.js';
import { WireError } from '../../protocol/errors.js';
import { firstProjection } from '../ports/first-projection.js';
import type { Session, SessionSeed } from '../ports/store.js';
import type { ChatContext } from './context.js';
import type { Seat } from './seat.js';

const maxAttempts = 50;

/** What a user's sockets share while no session of theirs is active. */
interface Reservation {
  readonly id: string;
  readonly seats: Set<Seat>;
}

/** Reserved ids by user, and the one place that makes sessions. */
export class Users {
  readonly #context: ChatContext;
  readonly #reserved = new Map<string, Reservation>();
  readonly #making = new Map<string, SerialQueue>();

  constructor(context: ChatContext) {
    this.#context = context;
  }

  /** Gives the seat a reserved id: the same one to every socket of the user, so that all of them are in the session once it is made (finding R20). */
  reserve(seat: Seat): void {
    const userId = seat.participant.user.id;
    if (seat.isFresh) {
      seat.reservedId = this.newId();
      return;
    }
    const reservation = this.#reserved.get(userId) ?? { id: this.newId(), seats: new Set() };
    this.#reserved.set(userId, reservation);
    reservation.seats.add(seat);
    seat.reservedId = reservation.id;
  }

  /** Takes the seat out of its reservation. */
  unreserve(seat: Seat): void {
    const userId = seat.participant.user.id;
    const reservation = this.#reserved.get(userId);
    if (reservation === undefined) return;
    reservation.seats.delete(seat);
    if (reservation.seats.size === 0) this.#reserved.delete(userId);
  }

  /** The seats that share this seat's reserved id, itself among them. */
  sharing(seat: Seat): readonly Seat[] {
    const reservation = this.#reserved.get(seat.participant.user.id);
    return reservation?.seats.has(seat) === true ? [...reservation.seats] : [seat];
  }

  newId(): string {
    return uuidv7(this.#context.clock.now(), this.#context.random);
  }

  /** The user's active session, or a new one under `candidateId`: two first messages at once make one (finding R17), on any number of replicas. */
  activeOrNew(userId: string, candidateId: string): Promise<{ session: Session; isNew: boolean }> {
    return this.#oneByOne(userId, async () => {
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const { session, lastOrdinal } = await this.#context.store.activeSession(userId);
        if (session !== null) return { session, isNew: false };
        const made = await this.#create(userId, candidateId, lastOrdinal + 1, '');
        if (made !== null) return { session: made, isNew: true };
      }
      throw tooManyRaces();
    });
  }

  /** A new session, whatever else is active. */
  another(userId: string, candidateId: string, name: string): Promise<Session> {
    return this.#oneByOne(userId, async () => {
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const { lastOrdinal } = await this.#context.store.activeSession(userId);
        const made = await this.#create(userId, candidateId, lastOrdinal + 1, name);
        if (made !== null) return made;
      }
      throw tooManyRaces();
    });
  }

  async #create(userId: string, id: string, ordinal: number, name: string): Promise<Session | null> {
    const seed: SessionSeed = { id, userId, ordinal, startedAt: this.#context.clock.now(), name, modelId: null };
    if ((await this.#context.store.createSession(seed)) === 'taken') {
      // The id is ours alone: if it is there, an earlier try of ours whose outcome was unknown made it.
      const mine = await this.#context.store.session(id);
      return mine?.userId === userId && mine.projection.endedAt === null ? mine : null;
    }
    this.#context.meter.sessionCreated();
    return { ...seed, projection: firstProjection(seed), shareToken: null };
  }

  /** Within this replica a user's sessions are made one after another; between replicas the ordinal decides. */
  async #oneByOne<T>(userId: string, make: () => Promise<T>): Promise<T> {
    const queue = this.#making.get(userId) ?? new SerialQueue();
    this.#making.set(userId, queue);
    try {
      return await queue.run(make);
    } finally {
      if (!queue.isBusy) this.#making.delete(userId);
    }
  }
}

function tooManyRaces(): WireError {
  return new WireError('SERVICE_ERROR', 'Too many conversations are being begun at once. Try again in a moment.', {
    retryAfterMs: 1_000,
  });
}
