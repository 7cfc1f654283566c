// Station: chat. Which user messages no turn has taken up yet. Called by live-session, sends and turns.

/**
 * Places of user messages that wait for a turn, in order. Every replica that read the same log and knows the same turns holds the same ones, so that all make
 * the next turn under the same key, and one of them wins. Bounded by what a user may send while one answer is written.
 */
export class Unanswered {
  #seqs: number[] = [];

  /** seq of the first message that waits; null when none does. */
  get first(): number | null {
    return this.#seqs[0] ?? null;
  }

  /** A message at `seq` waits. One that is known changes nothing. */
  add(seq: number): void {
    const last = this.#seqs.at(-1);
    if (last === undefined || seq > last) this.#seqs.push(seq);
    else if (!this.#seqs.includes(seq)) this.#seqs = [...this.#seqs, seq].sort((one, other) => one - other);
  }

  /** A turn was shown everything up to and including `seq`. */
  takeUp(seq: number): void {
    const first = this.#seqs[0];
    if (first !== undefined && first <= seq) this.#seqs = this.#seqs.filter((waits) => waits > seq);
  }

  /** Nobody waits for the model any more. */
  clear(): void {
    this.#seqs = [];
  }
}
