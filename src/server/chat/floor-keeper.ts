// Station: chat. Renews the leases of admins whose sockets are here, and gives back what nobody renewed. Made and started by create-chat.
import type { Timer } from '../../common/clock.js';
import type { ChatContext } from './context.js';
import { joinedIn } from './desk.js';
import { type Floor, renewalShare } from './floor.js';
import type { KeptLease } from './lease-notes.js';
import type { LiveSession } from './live-session.js';
import type { Registry } from './registry.js';

const leastMs = 50;
const atOnce = 50;

/** Looks at every lease of the store, several times within one, and exactly when the next runs out. */
export class FloorKeeper {
  readonly #context: ChatContext;
  readonly #registry: Registry;
  readonly #floor: Floor;
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;
  #isStopped = false;

  constructor(context: ChatContext, registry: Registry, floor: Floor) {
    this.#context = context;
    this.#registry = registry;
    this.#floor = floor;
  }

  start(): void {
    this.#arm(leastMs);
  }

  /** Stops looking, and waits for the look that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  #arm(ms: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#context.clock.after(ms, () => {
      this.#looking = this.#look()
        .catch((error: unknown) => {
          this.#context.log.warn('sweep_failed', { sweep: 'floor' }, error);
          return this.#longestMs();
        })
        .then((nextMs) => this.#arm(nextMs));
    });
  }

  #longestMs(): number {
    return Math.max(leastMs, this.#context.settings.floorLeaseMs / 6);
  }

  /** Milliseconds until something may have to be done. */
  async #look(): Promise<number> {
    const held = [...this.#registry.all()].filter(
      ({ isOpened, projection }) => isOpened && projection.floor.kind === 'admin',
    );
    await this.#each(
      held.filter((session) => this.#mustRenew(session)),
      (session) => this.#renew(session),
    );
    const leases = await this.#floor.leases.all();
    const now = this.#context.clock.now();
    let next = now + this.#longestMs();
    for (const { lease } of leases.values()) {
      if (lease === null) continue;
      const { floorLeaseMs } = this.#context.settings;
      for (const due of [lease.until - floorLeaseMs * (1 - renewalShare), lease.until + this.#floor.marginMs])
        if (due > now) next = Math.min(next, due);
    }
    await this.#each([...leases], ([id, kept]) => this.#lookAt(id, kept));
    // A floor without a lease: who took it died before it was written.
    await this.#each(
      held.filter(({ id }) => !leases.has(id)),
      (session) => session.queue.run(() => this.#floor.look(session)),
    );
    return Math.max(leastMs, next - this.#context.clock.now());
  }

  #mustRenew(session: LiveSession): boolean {
    const { floor } = session.projection;
    return floor.kind === 'admin' && joinedIn(session, floor.id) && this.#floor.isRenewalDue(session);
  }

  async #renew(session: LiveSession): Promise<void> {
    const { floor } = session.projection;
    if (floor.kind === 'admin') await session.queue.run(() => this.#floor.renew(session, floor.id));
  }

  async #lookAt(id: string, kept: KeptLease): Promise<void> {
    const live = this.#registry.peek(id);
    // What the bus may have lost.
    if (live !== undefined && kept.lease !== null && !this.#context.settings.isSoleReplica)
      live.presence(kept.lease.epoch, kept.lease.state === 'away');
    const isRunning = kept.lease !== null && !this.#floor.isOver(kept.lease);
    const isLeftOver = live?.isOpened === true && live.projection.floor.kind === 'ai';
    if (isRunning && !isLeftOver) return;
    const found = await this.#registry.using(id, (session) => session.queue.run(() => this.#floor.look(session)));
    if (found === null) await this.#floor.leases.drop(id, kept);
  }

  /** Does `act` for each, some at once; one that fails does not keep the others waiting. */
  async #each<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
    for (let at = 0; at < all.length && !this.#isStopped; at += atOnce) {
      const batch = all
        .slice(at, at + atOnce)
        .map((one) => act(one).catch((error: unknown) => this.#context.log.warn('lease_not_looked_at', {}, error)));
      await Promise.all(batch);
    }
  }
}
