// Station: store/mongodb. How far each log is known to reach, so that an append need not ask whether there is an entry before it. Called by the log's operations.

/** As many sessions as are remembered; beyond it all are forgotten, and learnt again one by one. */
const maxHeads = 50_000;

/** Heads by session id. An entry that was seen stays where it is as long as its session does, so that what is known can only be too little. */
export class KnownHeads {
  readonly #heads = new Map<string, number>();

  get(sessionId: string): number | undefined {
    return this.#heads.get(sessionId);
  }

  /** An entry was seen at that seq; 0 says that the session was seen. */
  saw(sessionId: string, seq: number): void {
    const known = this.#heads.get(sessionId);
    if (known !== undefined && known >= seq) return;
    if (known === undefined && this.#heads.size >= maxHeads) this.#heads.clear();
    this.#heads.set(sessionId, seq);
  }

  forget(sessionId: string): void {
    this.#heads.delete(sessionId);
  }
}
