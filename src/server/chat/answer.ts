// Station: chat. The answer that is being written in a session, on whichever replica, as far as this one heard. Called by live-session.

/** Text heard so far of one running turn. */
export class Answer {
  readonly turnId: string;
  readonly epoch: number;
  readonly modelId: string;
  readonly askedAt: number;
  text = '';
  /** A piece was lost on the bus: the next look at the turn's checkpoint fills it in. */
  hasGap = false;

  constructor(turnId: string, epoch: number, modelId: string, askedAt: number) {
    this.turnId = turnId;
    this.epoch = epoch;
    this.modelId = modelId;
    this.askedAt = askedAt;
  }

  /** Takes a piece that starts at `index` (UTF-16 units); returns what of it is new, empty for a repeat or after a gap. */
  take(index: number, piece: string): string {
    const have = this.text.length;
    if (index > have) {
      this.hasGap = true;
      return '';
    }
    if (index === have) {
      this.text += piece;
      return piece;
    }
    const fresh = piece.slice(have - index);
    this.text += fresh;
    return fresh;
  }

  /** Takes the whole text so far, as checkpointed; returns what of it is new. */
  catchUp(text: string): string {
    this.hasGap = false;
    return this.take(0, text);
  }
}
