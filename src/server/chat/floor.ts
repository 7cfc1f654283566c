// Station: chat. Who may speak: taking the floor, giving it back, keeping its lease. Called by desk and floor-keeper, inside the session's queue.
import { WireError } from '../../protocol/errors.js';
import type { User } from '../ports/participant.js';
import type { FloorHolder, Projection } from '../ports/store.js';
import type { ChatContext } from './context.js';
import { stamp } from './frames.js';
import { type KeptLease, type Lease, LeaseNotes } from './lease-notes.js';
import type { LiveSession } from './live-session.js';
import type { Draft } from './session-log.js';

const maxAttempts = 10;
/** A lease is renewed when this part of it has gone. */
export const renewalShare = 1 / 3;
/** What lies between the last word of one holder and the first of the next, on each side, as a part of the lease. */
const marginShare = 1 / 6;

/** How a session is taken. */
export interface TakeRequest {
  /** Also from another admin. */
  readonly force: boolean;
  /** Only where this admin holds it already. */
  readonly rejoin: boolean;
  /** Whether a socket of theirs joins with it, or is to join later. */
  readonly isJoining: boolean;
}

/** `again`: this admin held it already, and nobody else is told. */
export type Taken = { readonly kind: 'taken'; readonly seq: number } | { readonly kind: 'again' };

/** Whether that admin holds the floor. */
export function isHeldBy(floor: FloorHolder, adminId: string): boolean {
  return floor.kind === 'admin' && floor.id === adminId;
}

/** Moves the floor by entries of the log, which are the truth, and keeps the lease beside it, which says that the holder lives. */
export class Floor {
  readonly leases: LeaseNotes;
  readonly #context: ChatContext;

  constructor(context: ChatContext) {
    this.#context = context;
    this.leases = new LeaseNotes(context.store);
  }

  /** Milliseconds between two holders, on each side. */
  get marginMs(): number {
    return this.#context.settings.floorLeaseMs * marginShare;
  }

  /**
   * Takes the floor for `admin`.
   * @throws WireError SESSION_HELD naming the holder and since when, SESSION_ENDED, NOT_FOUND where `rejoin` finds nobody there
   */
  async take(session: LiveSession, admin: User, how: TakeRequest): Promise<Taken> {
    if (!this.#context.settings.isSoleReplica) await session.catchUp();
    refuseOver(session);
    const head = session.projection;
    if (isHeldBy(head.floor, admin.id)) return await this.#again(session, admin, how);
    if (how.rejoin && head.floor.kind === 'ai') throw notHeld();
    const mayTake = head.floor.kind === 'ai' || (how.force && !how.rejoin) || (await this.#isOver(session));
    if (!mayTake) throw await this.held(session);
    return await this.#append(session, admin, how, head);
  }

  /**
   * Gives the floor back. `note` is kept for the model first, so that it is there when the model is asked next.
   * @throws WireError when this admin does not hold it
   */
  async leave(session: LiveSession, admin: User, note: (() => Promise<void>) | null): Promise<void> {
    if (!this.#context.settings.isSoleReplica) await session.catchUp();
    refuseOver(session);
    await this.mustHold(session, admin.id);
    const kept = await this.leases.read(session.id);
    await note?.();
    const given = await session.append((head) => this.#giveBack(head, head.floorEpoch, admin.id, false));
    if (given.kind !== 'appended') await this.mustHold(session, admin.id);
    await this.#forget(session, kept);
  }

  /** @throws WireError SESSION_HELD, UNAUTHORIZED or SESSION_ENDED unless that admin holds the floor */
  async mustHold(session: LiveSession, adminId: string): Promise<void> {
    refuseOver(session);
    const { floor } = session.projection;
    if (isHeldBy(floor, adminId)) return;
    if (floor.kind === 'admin') throw await this.held(session);
    throw new WireError('UNAUTHORIZED', 'You do not hold this conversation. Send "admin_join" first.');
  }

  /** Whether the holder may speak now: within the margin before its end the lease is renewed first, or it is not theirs any more. */
  async mayStillSpeak(session: LiveSession, adminId: string): Promise<boolean> {
    const { lease } = session.lease ?? { lease: null };
    const isSafe =
      lease?.epoch === session.projection.floorEpoch && lease.until - this.marginMs > this.#context.clock.now();
    return isSafe || (await this.renew(session, adminId));
  }

  /** Whether the lease is to be renewed now. */
  isRenewalDue(session: LiveSession): boolean {
    const { clock, settings } = this.#context;
    const lease = session.lease?.lease ?? null;
    if (lease === null || lease.epoch !== session.projection.floorEpoch || lease.state !== 'joined') return true;
    return lease.until - clock.now() <= settings.floorLeaseMs * (1 - renewalShare);
  }

  /** A socket of the holder lives. False when the floor is not that admin's any more. @throws StoreError */
  async renew(session: LiveSession, adminId: string): Promise<boolean> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const { floor, floorEpoch } = session.projection;
      if (!isHeldBy(floor, adminId)) return false;
      const before = attempt === 0 && session.lease !== null ? session.lease : await this.leases.read(session.id);
      const lease = before?.lease ?? null;
      if (lease !== null && (lease.epoch > floorEpoch || (lease.epoch === floorEpoch && lease.state === 'lapsed'))) {
        // Somebody took the floor, or is giving it back because the lease ran out: whether the entry is there yet or not, it is over.
        session.lease = null;
        await session.catchUp();
        if (session.projection.floorEpoch === floorEpoch) return false;
        continue;
      }
      const isSame = lease?.epoch === floorEpoch;
      const next = this.#lease(adminId, floorEpoch, 'joined', isSame ? lease.since : this.#context.clock.now());
      session.lease = await this.leases.put(session.id, before, next);
      if (session.lease === null) continue;
      if (session.isAdminAway || (isSame && lease.state === 'away')) this.#tellPresence(session, false);
      return true;
    }
    return false;
  }

  /** The last socket of the holder here is gone: the lease runs out unless one comes back. */
  async away(session: LiveSession): Promise<void> {
    const { floor, floorEpoch } = session.projection;
    if (floor.kind === 'ai' || session.isEnded || session.isGone) return;
    const kept = await this.leases.read(session.id);
    if (kept?.lease?.epoch !== floorEpoch || kept.lease.state !== 'joined') return;
    session.lease = await this.leases.put(session.id, kept, { ...kept.lease, state: 'away' });
    if (session.lease !== null) this.#tellPresence(session, true);
  }

  /**
   * Looks at a lease that may have run out, and gives the floor back where it has. A floor without its lease, because who took it died in between, gets one
   * here; a lease without a floor is removed.
   */
  async look(session: LiveSession): Promise<void> {
    if (!this.#context.settings.isSoleReplica) await session.catchUp();
    const { floor, floorEpoch } = session.projection;
    const kept = await this.leases.read(session.id);
    const lease = kept?.lease ?? null;
    if (floor.kind === 'ai' || session.isEnded) {
      // One of a later epoch belongs to an entry that is on its way.
      const isLeft = lease === null || lease.epoch <= floorEpoch || this.isOver(lease);
      if (kept !== null && isLeft) await this.leases.drop(session.id, kept);
    } else if (lease === null || lease.epoch < floorEpoch || lease.admin !== floor.id) {
      await this.leases.put(session.id, kept, this.#lease(floor.id, floorEpoch, 'away', this.#context.clock.now()));
    } else if (lease.epoch === floorEpoch && this.isOver(lease)) await this.#lapse(session, floor.id, kept, lease);
  }

  /** Whether others may take over from that lease. */
  isOver(lease: Lease): boolean {
    return lease.state === 'lapsed' || lease.until + this.marginMs <= this.#context.clock.now();
  }

  /** The error of whoever wants what another admin holds. */
  async held(session: LiveSession): Promise<WireError> {
    const { floor, floorEpoch } = session.projection;
    if (floor.kind === 'ai')
      return new WireError('SESSION_HELD', 'This conversation changed hands in this moment. Try again.');
    const lease = (await this.leases.read(session.id))?.lease ?? null;
    const since = lease?.epoch === floorEpoch ? stamp(lease.since) : null;
    const who =
      since === null
        ? `${floor.name} holds this conversation.`
        : `${floor.name} holds this conversation since ${since}.`;
    return new WireError('SESSION_HELD', `${who} Ask them to hand it over, or take it with force.`, {
      details: { admin_id: floor.id, admin_name: floor.name, ...(since === null ? {} : { since }) },
    });
  }

  async #again(session: LiveSession, admin: User, how: TakeRequest): Promise<Taken> {
    if (how.isJoining && !(await this.renew(session, admin.id))) throw await this.held(session);
    return { kind: 'again' };
  }

  async #append(session: LiveSession, admin: User, how: TakeRequest, seen: Projection): Promise<Taken> {
    const { clock, meter } = this.#context;
    const holder = { kind: 'admin', id: admin.id, name: admin.name } as const;
    const at = clock.now();
    const state = how.isJoining ? 'joined' : 'awaited';
    // Written at once with the entry, not before it: a user waits for the model to fall silent. Where another lease lies there, it is replaced after it.
    const first = this.leases
      .put(session.id, null, this.#lease(admin.id, seen.floorEpoch + 1, state, at))
      .catch((error: unknown) => this.#notKept(session, error));
    const taken = await session.append((head) => {
      const isJudged = head.floor.kind === 'ai' || how.force || head.floorEpoch === seen.floorEpoch;
      if (head.endedAt !== null || isHeldBy(head.floor, admin.id) || !isJudged) return null;
      const forced = head.floor.kind === 'admin' && how.force ? { forced: true } : {};
      return { entry: { at, kind: 'floor', holder, previous: head.floor, epoch: head.floorEpoch + 1, ...forced } };
    });
    const kept = await first;
    if (taken.kind === 'appended' && taken.log.entry.kind === 'floor') {
      meter.sessionTakenOver();
      const lease = this.#lease(admin.id, taken.log.entry.epoch, state, at);
      await this.#own(session, lease, kept).catch((error: unknown) => this.#notKept(session, error));
      return { kind: 'taken', seq: taken.log.seq };
    }
    if (kept !== null) await this.leases.drop(session.id, kept);
    refuseOver(session);
    if (isHeldBy(session.projection.floor, admin.id)) return await this.#again(session, admin, how);
    throw await this.held(session);
  }

  /** Puts the holder's lease in the place of whatever lies there. */
  async #own(session: LiveSession, lease: Lease, first: KeptLease | null): Promise<void> {
    session.lease = first?.lease?.epoch === lease.epoch ? first : null;
    for (let attempt = 0; session.lease === null && attempt < maxAttempts; attempt += 1) {
      const before = await this.leases.read(session.id);
      if (before?.lease != null && before.lease.epoch > lease.epoch) return;
      session.lease = await this.leases.put(session.id, before, lease);
    }
  }

  async #lapse(session: LiveSession, adminId: string, kept: KeptLease | null, lease: Lease): Promise<void> {
    // From here on the holder can't renew it any more; who finds it so goes on where this replica may have died.
    const marked =
      lease.state === 'lapsed' ? kept : await this.leases.put(session.id, kept, { ...lease, state: 'lapsed' });
    if (marked === null) return;
    await session.append((head) => this.#giveBack(head, lease.epoch, adminId, true));
    await this.#forget(session, marked);
  }

  #giveBack(head: Projection, epoch: number, adminId: string, isLapsed: boolean): Draft | null {
    if (head.endedAt !== null || head.floorEpoch !== epoch || !isHeldBy(head.floor, adminId)) return null;
    const lapsed = isLapsed ? { lapsed: true } : {};
    const holder = { kind: 'ai' } as const;
    const at = this.#context.clock.now();
    return { entry: { at, kind: 'floor', holder, previous: head.floor, epoch: epoch + 1, ...lapsed } };
  }

  /** The floor is given back: what is left of its lease does no harm, and goes at the next look where it can't go now. */
  async #forget(session: LiveSession, kept: KeptLease | null): Promise<void> {
    session.lease = null;
    if (kept !== null)
      await this.leases.drop(session.id, kept).catch((error: unknown) => this.#notKept(session, error));
  }

  async #isOver(session: LiveSession): Promise<boolean> {
    const lease = (await this.leases.read(session.id))?.lease ?? null;
    return lease !== null && lease.epoch === session.projection.floorEpoch && this.isOver(lease);
  }

  #lease(admin: string, epoch: number, state: Lease['state'], since: number): Lease {
    const { clock, settings } = this.#context;
    return {
      admin,
      epoch,
      since,
      until: clock.now() + (state === 'awaited' ? settings.floorJoinMs : settings.floorLeaseMs),
      state,
    };
  }

  #tellPresence(session: LiveSession, isAway: boolean): void {
    this.#context.bus.publish(session.id, { kind: 'presence', epoch: session.projection.floorEpoch, isAway });
  }

  #notKept(session: LiveSession, error: unknown): null {
    this.#context.log.warn('lease_not_written', { session: session.id }, error);
    return null;
  }
}

function refuseOver(session: LiveSession): void {
  if (session.isGone) throw noSuchSession();
  if (session.isEnded)
    throw new WireError('SESSION_ENDED', 'This conversation has ended. Its history can still be read.');
}

/** There is no such session, for an admin, who may see all. */
export function noSuchSession(): WireError {
  return new WireError('NOT_FOUND', 'There is no such session.');
}

function notHeld(): WireError {
  return new WireError(
    'NOT_FOUND',
    'You do not hold this conversation any more: the lease ran out. Join it again to take it.',
  );
}
