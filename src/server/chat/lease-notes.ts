// Station: chat. The leases of people who hold sessions, as notes in the store. Called by floor and floor-keeper; docs/decisions/takeover.md says why it is right.
import { type Store, StoreError } from '../ports/store.js';

/** Whether the holder's socket is expected, there, or gone; `lapsed` once somebody is giving the session back for them. */
type LeaseState = 'awaited' | 'joined' | 'away' | 'lapsed';

/** That the holder of a floor lives. Who holds it the log says, not this. Times are ms since the epoch. */
export interface Lease {
  readonly admin: string;
  /** The epoch of the floor that it belongs to. */
  readonly epoch: number;
  /** Since when this admin holds it. */
  readonly since: number;
  readonly until: number;
  readonly state: LeaseState;
}

/** A lease as it lies in the store; null where what lies there is none. */
export interface KeptLease {
  readonly text: string;
  readonly lease: Lease | null;
}

const prefix = 'floor/';
const states: readonly string[] = ['awaited', 'joined', 'away', 'lapsed'] satisfies LeaseState[];

/** Reads and writes leases, each by compare-and-set. */
export class LeaseNotes {
  readonly #store: Pick<Store, 'note' | 'notes' | 'putNote' | 'dropNote'>;

  constructor(store: Pick<Store, 'note' | 'notes' | 'putNote' | 'dropNote'>) {
    this.#store = store;
  }

  async read(sessionId: string): Promise<KeptLease | null> {
    const text = await this.#store.note(prefix + sessionId);
    return text === null ? null : { text, lease: parse(text) };
  }

  /** The leases of all sessions, by session; of more than 1,000 the first in order of name. */
  async all(): Promise<ReadonlyMap<string, KeptLease>> {
    const notes = await this.#store.notes(prefix);
    return new Map(notes.map(({ name, value }) => [name.slice(prefix.length), { text: value, lease: parse(value) }]));
  }

  /** Writes `lease` where `before` still lies there; null where it does not. */
  async put(sessionId: string, before: KeptLease | null, lease: Lease): Promise<KeptLease | null> {
    const text = JSON.stringify(lease);
    return (await this.#isPut(prefix + sessionId, before?.text ?? null, text)) ? { text, lease } : null;
  }

  /** Removes a lease where it still lies there as it was read. */
  async drop(sessionId: string, kept: KeptLease): Promise<void> {
    await this.#store.dropNote(prefix + sessionId, kept.text);
  }

  /** A write whose outcome is unknown is read back. */
  async #isPut(name: string, before: string | null, text: string): Promise<boolean> {
    try {
      return await this.#store.putNote(name, before, text);
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'unknown_outcome') throw error;
      return (await this.#store.note(name)) === text;
    }
  }
}

function parse(text: string): Lease | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not ours: it counts as no lease, and is written over.
    return null;
  }
  return isLease(value) ? value : null;
}

function isLease(value: unknown): value is Lease {
  if (typeof value !== 'object' || value === null) return false;
  const { admin, epoch, since, until, state } = value as Readonly<Record<string, unknown>>;
  const isTimed = [epoch, since, until].every((part) => Number.isSafeInteger(part));
  return typeof admin === 'string' && isTimed && typeof state === 'string' && states.includes(state);
}
