// Station: llm/echo. Gives pieces out in time: when each is due is reckoned from the start, so that late timers do not add up. Made by the provider.
import type { Clock, Timer } from '../../../common/clock.js';
import type { Random } from '../../../common/random.js';
import { LlmError } from '../../ports/llm.js';
import type { EchoScript } from './echo-script.js';

/** Pieces in one slice at delay 0; between slices the event loop runs, so that a long answer blocks nobody (finding R10). */
const sliceSize = 512;

/** What a delivery gives out, and to whom. */
export interface DeliveryOrder {
  readonly script: EchoScript;
  readonly pieces: Iterator<string>;
  readonly onText: (piece: string) => void;
  readonly signal: AbortSignal;
}

/** One delivery, from asking to the end. */
export class Delivery {
  readonly #order: DeliveryOrder;
  readonly #clock: Clock;
  readonly #random: Random;
  #given = 0;
  #dueAt: number;
  #hasStalled = false;
  #timer: Timer | null = null;
  #resolve: () => void = () => undefined;
  #reject: (error: LlmError) => void = () => undefined;

  constructor(order: DeliveryOrder, clock: Clock, random: Random) {
    this.#order = order;
    this.#clock = clock;
    this.#random = random;
    const { firstDelayMs, delayMs } = order.script;
    this.#dueAt = clock.monotonic() + this.#stray(firstDelayMs ?? delayMs);
  }

  /** Resolves when every piece is out; rejects with LlmError when the script says so, and with `aborted` as soon as the signal fires. */
  run(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      const { signal } = this.#order;
      if (signal.aborted) {
        this.#fail('aborted');
        return;
      }
      signal.addEventListener('abort', this.#onAbort);
      // Never within `ask` itself: who asked has its promise before the first piece.
      this.#wait();
    }).finally(() => {
      this.#timer?.cancel();
      this.#order.signal.removeEventListener('abort', this.#onAbort);
    });
  }

  readonly #onAbort = (): void => this.#fail('aborted');

  readonly #step = (): void => {
    const { script, pieces, onText, signal } = this.#order;
    for (let slice = 0; slice < sliceSize; slice += 1) {
      if (this.#dueAt > this.#clock.monotonic()) break;
      if (this.#given === script.after && this.#stops()) return;
      const next = pieces.next();
      if (next.done === true) {
        // An answer that is shorter than `after` still does what it was told to.
        if (this.#given < script.after && this.#stops()) return;
        this.#resolve();
        return;
      }
      this.#given += 1;
      this.#dueAt += this.#stray(script.delayMs);
      onText(next.value);
      if (signal.aborted) return;
    }
    this.#wait();
  };

  #wait(): void {
    this.#timer = this.#clock.after(Math.max(0, this.#dueAt - this.#clock.monotonic()), this.#step);
  }

  /** The stall, then the failure of a script. True when there is nothing more to do for now. */
  #stops(): boolean {
    const { stallMs, fail, retryAfterMs } = this.#order.script;
    if (!this.#hasStalled && stallMs > 0) {
      this.#hasStalled = true;
      if (Number.isFinite(stallMs)) {
        this.#dueAt = this.#clock.monotonic() + stallMs;
        this.#wait();
      }
      return true;
    }
    if (fail === null) return false;
    this.#fail(fail, retryAfterMs);
    return true;
  }

  #fail(kind: LlmError['kind'], retryAfterMs: number | null = null): void {
    const options = retryAfterMs === null ? {} : { retryAfterMs };
    this.#reject(
      new LlmError(
        kind,
        `The echo model failed with "${kind}", ${kind === 'aborted' ? 'being stopped' : 'as it was asked to'}.`,
        options,
      ),
    );
  }

  #stray(ms: number): number {
    const { jitter } = this.#order.script;
    return jitter === 0 ? ms : ms * (1 + jitter * (2 * this.#random.fraction() - 1));
  }
}
