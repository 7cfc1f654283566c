// Station: store/sqlite. Heads of logs that the writing connection wrote itself, so that an append need not look them up. Called by the log's writes.

/** Where a session's log ends: its integer key and its last seq. */
export interface KnownHead {
  readonly key: number;
  seq: number;
  /** True once the session is known to stand in the table `behind`. */
  isBehind: boolean;
}

/** As many sessions as are remembered; beyond it all are forgotten, and learnt again one by one. */
const maxHeads = 20_000;

/** Heads by session id. True only until another connection commits, or a transaction is rolled back: then `clear`. */
export class KnownHeads {
  readonly #heads = new Map<string, KnownHead>();

  get(sessionId: string): KnownHead | undefined {
    return this.#heads.get(sessionId);
  }

  set(sessionId: string, head: KnownHead): void {
    if (this.#heads.size >= maxHeads) this.#heads.clear();
    this.#heads.set(sessionId, head);
  }

  /** Its projection was written: whether it is still behind is no longer known. */
  projected(sessionId: string): void {
    const head = this.#heads.get(sessionId);
    if (head !== undefined) head.isBehind = false;
  }

  forget(sessionId: string): void {
    this.#heads.delete(sessionId);
  }

  clear(): void {
    this.#heads.clear();
  }
}
