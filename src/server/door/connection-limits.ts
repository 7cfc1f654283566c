// Station: door. How many sockets a user, an address and the whole replica may hold. Called by the upgrade.

/** Caps, in sockets of this replica. */
export interface ConnectionCaps {
  readonly perUser: number;
  readonly perAddress: number;
  readonly total: number;
}

/** Which cap is used up. */
export type CapReached = 'user' | 'address' | 'total';

/** One socket's place in the counts. It is taken when the socket opens and given back once, however the socket dies (finding R21). */
export class Slot<T> {
  /** Who sits here; null until the socket is open. */
  holder: T | null = null;
  /** Where it stands among the slots of its user. */
  place = 0;
  #owner: ConnectionLimits<T> | null;
  readonly userId: string;
  readonly addressKey: string;

  constructor(owner: ConnectionLimits<T>, userId: string, addressKey: string) {
    this.#owner = owner;
    this.userId = userId;
    this.addressKey = addressKey;
  }

  /** Idempotent. */
  free(): void {
    this.#owner?.release(this);
    this.#owner = null;
    this.holder = null;
  }
}

/** Counts sockets. All of it is synchronous, so that two upgrades never share the last slot. */
export class ConnectionLimits<T> {
  readonly #caps: ConnectionCaps;
  /** Arrays, not sets: with one socket a user, a set costs four times as much memory. */
  readonly #users = new Map<string, Slot<T>[]>();
  readonly #addresses = new Map<string, number>();
  #total = 0;

  constructor(caps: ConnectionCaps) {
    this.#caps = caps;
  }

  /** Sockets now. */
  get total(): number {
    return this.#total;
  }

  /** The cap that already refuses anyone from this address, before the token was looked at. */
  reachedFor(addressKey: string): CapReached | null {
    if (this.#total >= this.#caps.total) return 'total';
    return (this.#addresses.get(addressKey) ?? 0) >= this.#caps.perAddress ? 'address' : null;
  }

  /** Whether this user has all the sockets that a user may have. */
  isFull(userId: string): boolean {
    return (this.#users.get(userId)?.length ?? 0) >= this.#caps.perUser;
  }

  /** Takes a slot, or says which cap is used up. */
  take(userId: string, addressKey: string): Slot<T> | CapReached {
    const reached = this.reachedFor(addressKey);
    if (reached !== null) return reached;
    if (this.isFull(userId)) return 'user';
    const slot = new Slot<T>(this, userId, addressKey);
    const taken = this.#users.get(userId);
    if (taken === undefined) this.#users.set(userId, [slot]);
    else slot.place = taken.push(slot) - 1;
    this.#addresses.set(addressKey, (this.#addresses.get(addressKey) ?? 0) + 1);
    this.#total += 1;
    return slot;
  }

  /** The open sockets of a user. */
  holders(userId: string): readonly T[] {
    const found: T[] = [];
    for (const slot of this.#users.get(userId) ?? []) if (slot.holder !== null) found.push(slot.holder);
    return found;
  }

  /** Called by Slot.free, once for each slot. */
  release(slot: Slot<T>): void {
    const taken = this.#users.get(slot.userId) ?? [];
    const last = taken.pop();
    if (last !== undefined && last !== slot) {
      taken[slot.place] = last;
      last.place = slot.place;
    }
    if (taken.length === 0) this.#users.delete(slot.userId);
    const left = (this.#addresses.get(slot.addressKey) ?? 1) - 1;
    if (left === 0) this.#addresses.delete(slot.addressKey);
    else this.#addresses.set(slot.addressKey, left);
    this.#total -= 1;
  }
}
