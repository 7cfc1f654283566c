// Station: dispatch. How long a frame may be worked on before its sender is told that the store is away (finding R28); the work itself goes on. Called by the dispatcher.
import type { Clock, Timer } from '../../common/clock.js';
import { StoreError } from '../ports/store.js';
import type { Log } from '../ports/telemetry.js';

/** Just above the deadline of one call of the store, whose own error says more. */
export const workDeadlineMs = 4_900;
/** While something of the same socket is late already, nothing else of it is waited for: what does without the store is done by then. */
export const patienceMs = 25;
/** What may be late of one socket; beyond it nothing more is begun (finding R11). */
export const maxLate = 16;

/** Work that somebody waits for, in time. */
interface Underway<Key> {
  readonly key: Key;
  readonly work: Promise<void>;
  readonly dueAt: number;
  readonly giveUp: (error: StoreError) => void;
}

/** Bounds how long whoever sent something waits for the work on it. `Key` is the socket that it came from. */
export class WorkDeadline<Key extends object> {
  readonly #late = new Map<Key, Set<Promise<void>>>();
  /** In the order of their deadlines, so that one timer, for the first, serves all: a timer for each frame would cost more than the rest of this. */
  readonly #underway = new Set<Underway<Key>>();
  #timer: Timer | null = null;
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
    return late === undefined ? this.#inTime(key, begun) : this.#impatiently(key, begun);
  }

  #inTime(key: Key, work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const one = { key, work, dueAt: this.#clock.monotonic() + workDeadlineMs, giveUp: reject };
      this.#underway.add(one);
      this.#timer ??= this.#clock.after(workDeadlineMs, this.#expire);
      settle(work, () => this.#underway.delete(one), resolve, reject);
    });
  }

  /** Gives up what is due, and sets the timer for what is due next. */
  readonly #expire = (): void => {
    this.#timer = null;
    const now = this.#clock.monotonic();
    for (const one of this.#underway) {
      if (one.dueAt > now) {
        this.#timer = this.#clock.after(one.dueAt - now, this.#expire);
        return;
      }
      this.#underway.delete(one);
      this.#keep(one.key, one.work);
      one.giveUp(waiting());
    }
  };

  #impatiently(key: Key, work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(patienceMs, () => {
        this.#keep(key, work);
        reject(waiting());
      });
      settle(work, () => timer.cancel(), resolve, reject);
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

/** As the work does, after it is no longer waited for. */
function settle(work: Promise<void>, forget: () => void, resolve: () => void, reject: (error: unknown) => void): void {
  work.then(
    () => {
      forget();
      resolve();
    },
    (error: unknown) => {
      forget();
      reject(error);
    },
  );
}

function waiting(): StoreError {
  return new StoreError('unknown_outcome', 'The work on this frame waits for the store.');
}
