// Station: chat. The answer that is being written in a session, on whichever replica, as far as this one heard. Called by live-session.

/** Text heard so far of one running turn. Bounded as the answer is, in both of its parts. */
export class Answer {
  readonly turnId: string;
  readonly epoch: number;
  readonly modelId: string;
  readonly askedAt: number;
  text = '';
  /** When somebody here asked the replica that writes it to stop, on the monotonic clock. */
  cancelAskedAt: number | null = null;
  /** What was heard after a piece that was lost on the bus: the next look at the turn's checkpoint closes the gap before it. */
  #ahead: { readonly index: number; readonly text: string } | null = null;

  constructor(turnId: string, epoch: number, modelId: string, askedAt: number) {
    this.turnId = turnId;
    this.epoch = epoch;
    this.modelId = modelId;
    this.askedAt = askedAt;
  }

  /** Whether a piece is missing. */
  get hasGap(): boolean {
    return this.#ahead !== null;
  }

  /** Takes a piece that starts at `index` (UTF-16 units); returns what of it is new, empty for a repeat or after a gap. */
  take(index: number, piece: string): string {
    const have = this.text.length;
    if (index > have) {
      const before = this.#ahead;
      const isNext = before !== null && before.index + before.text.length === index;
      this.#ahead = isNext ? { index: before.index, text: before.text + piece } : { index, text: piece };
      return '';
    }
    const fresh = index === have ? piece : piece.slice(have - index);
    this.text += fresh;
    return fresh;
  }

  /** Takes the whole text so far, as checkpointed, and what was heard beyond it; returns what is new of both. */
  catchUp(text: string): string {
    const fresh = this.take(0, text);
    const ahead = this.#ahead;
    if (ahead === null || ahead.index > this.text.length) return fresh;
    this.#ahead = null;
    return fresh + this.take(ahead.index, ahead.text);
  }
}
