// Station: chat. How many answers this replica writes at once; more wait in line. Called by turn-run.
import { type Deferred, deferred } from '../../common/deferred.js';
import { LlmError } from '../ports/llm.js';

const maxWaiting = 10_000;

/** A counted set of slots with a bounded line. */
export class TurnSlots {
  readonly #limit: number;
  readonly #line: Deferred<void>[] = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Answers being written now. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Resolves when a slot is free and taken; give it back with `free`. The caller's lease is its deadline.
   * @throws LlmError unavailable when the line is full, aborted when the signal fires first
   */
  async take(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new LlmError('aborted', 'stopped before it began');
    if (this.#taken < this.#limit) {
      this.#taken += 1;
      return;
    }
    if (this.#line.length >= maxWaiting) throw new LlmError('unavailable', 'too many answers wait to be written');
    const place = deferred<void>();
    const leave = () => {
      const at = this.#line.indexOf(place);
      if (at >= 0) this.#line.splice(at, 1);
      place.reject(new LlmError('aborted', 'stopped while waiting in line'));
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#line.push(place);
    try {
      await place.promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Gives a slot back: to the next in line, if there is one. */
  free(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#taken -= 1;
    else next.resolve();
  }
}
