// Station: store/sqlite. Heads of logs that the writing connection wrote itself, so that an append need not look them up. Called by the log's writes.

/** What is known of a session's log: its session's integer key, its last seq, and its sends. */
export interface KnownHead {
  readonly key: number;
  seq: number;
  /** True once the session is known to stand in the table `behind`. */
  isBehind: boolean;
  /** The hashes of those sends that their index does not hold yet. */
  readonly recentSends: Set<number>;
  /** Whether the filter of sends holds all of this session, those in the index too. */
  readonly isFiltered: boolean;
}

/** About as many sessions as are remembered; beyond it all are forgotten, and learnt again one by one. */
const maxHeads = 20_000;

/** Heads by session id. True only until another connection commits, or a transaction is rolled back: then `clear`. */
export class KnownHeads {
  readonly #heads = new Map<string, KnownHead>();

  /** Whether they are too many. Then `clear`, but never between the entries of a batch: those that wait to be written are known here alone. */
  get isFull(): boolean {
    return this.#heads.size >= maxHeads;
  }

  get(sessionId: string): KnownHead | undefined {
    return this.#heads.get(sessionId);
  }

  set(sessionId: string, head: KnownHead): void {
    this.#heads.set(sessionId, head);
  }

  /** Its projection was written: whether it is still behind is no longer known. */
  projected(sessionId: string): void {
    const head = this.#heads.get(sessionId);
    if (head !== undefined) head.isBehind = false;
  }

  /** The index of sends holds all of them by now. */
  folded(): void {
    for (const { recentSends } of this.#heads.values()) recentSends.clear();
  }

  forget(sessionId: string): void {
    this.#heads.delete(sessionId);
  }

  clear(): void {
    this.#heads.clear();
  }
}
