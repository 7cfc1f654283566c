// Station: dispatch. How long a frame may be worked on before its sender is told that the store is away (finding R28); the work itself goes on. Called by the dispatcher.
import type { Clock } from '../../common/clock.js';
import { StoreError } from '../ports/store.js';
import type { Log } from '../ports/telemetry.js';

/** Just above the deadline of one call of the store, whose own error says more. */
export const workDeadlineMs = 4_900;
/** While something of the same socket is late already, nothing else of it is waited for: what does without the store is done by then. */
export const patienceMs = 25;
/** What may be late of one socket; beyond it nothing more is begun (finding R11). */
export const maxLate = 16;

/** Bounds how long whoever sent something waits for the work on it. `Key` is the socket that it came from. */
export class WorkDeadline<Key extends object> {
  readonly #late = new Map<Key, Set<Promise<void>>>();
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Settles as the work does, within the deadline. A store that hangs is met several times in one piece of work, and by the work before it in the session's
   * queue: each call of it has a deadline of its own, their sum would have none.
   * @throws StoreError unknown_outcome at the deadline; `busy` when too much is late to begin it
   */
  within(key: Key, work: () => Promise<void>): Promise<void> {
    const late = this.#late.get(key);
    if (late !== undefined && late.size >= maxLate) {
      return Promise.reject(new StoreError('busy', `${maxLate} frames of this socket wait for the store.`));
    }
    const begun = work();
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(late === undefined ? workDeadlineMs : patienceMs, () => {
        this.#keep(key, begun);
        reject(new StoreError('unknown_outcome', 'The work on this frame waits for the store.'));
      });
      begun.then(
        () => {
          timer.cancel();
          resolve();
        },
        (error: unknown) => {
          timer.cancel();
          reject(error);
        },
      );
    });
  }

  /** Calls `then` once nothing of this socket is worked on any more: at once when nothing is late. */
  whenDone(key: Key, then: () => void): void {
    const late = this.#late.get(key);
    if (late === undefined) then();
    else void Promise.allSettled(late).then(() => this.whenDone(key, then));
  }

  #keep(key: Key, work: Promise<void>): void {
    const late = this.#late.get(key) ?? new Set();
    this.#late.set(key, late);
    const done = work
      .catch((error: unknown) => this.#log.warn('late_frame_failed', {}, error))
      .then(() => {
        late.delete(done);
        if (late.size === 0) this.#late.delete(key);
      });
    late.add(done);
  }
}
