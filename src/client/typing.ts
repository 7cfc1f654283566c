// Station: client. Who types: this side told now and then, the other side's sign forgotten after a while. Called by chat-client.
import type { Clock, Timer } from '../common/clock.js';

/** Throttle of one way, expiry of the other. */
export class Typing {
  readonly #clock: Clock;
  readonly #everyMs: number;
  #timer: Timer | null = null;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** Calls `tell` unless it told less than `everyMs` ago. True when it was called and did tell. */
  own(tell: () => boolean): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#toldAtMs < this.#everyMs || !tell()) return false;
    this.#toldAtMs = now;
    return true;
  }

  /** The other side types: `forget` is called when it has not said so again for twice `everyMs`. */
  other(forget: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(this.#everyMs * 2, forget);
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
