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

/** Who is told, once for each piece of work, how it ended. */
export interface Outcome<Key, About> {
  done(key: Key): void;
  /** The work failed, or is not waited for any more: then with a StoreError, unknown_outcome. */
  failed(key: Key, about: About, error: unknown): void;
}

/** Work that somebody waits for, in time. */
interface Underway<Key, About> {
  readonly key: Key;
  readonly about: About;
  readonly work: Promise<void>;
  readonly dueAt: number;
  /** Of one that is waited for impatiently; the others share one. */
  timer: Timer | null;
}

/** Bounds how long whoever sent something waits for the work on it. `Key` is the socket that it came from, `About` what it sent. */
export class WorkDeadline<Key extends object, About> {
  readonly #late = new Map<Key, Set<Promise<void>>>();
  /** All that is waited for, in the order of their deadlines, so that one timer, for the first, serves all: a timer for each frame would cost more than the rest of this. */
  readonly #underway = new Set<Underway<Key, About>>();
  #timer: Timer | null = null;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #outcome: Outcome<Key, About>;

  constructor(clock: Clock, log: Log, outcome: Outcome<Key, About>) {
    this.#clock = clock;
    this.#log = log;
    this.#outcome = outcome;
  }

  /** Call it before work for `key` is begun. @throws StoreError `busy` when too much of it is late already */
  admit(key: Key): void {
    if (this.#late.size > 0 && (this.#late.get(key)?.size ?? 0) >= maxLate)
      throw new StoreError('busy', `${maxLate} frames of this socket wait for the store.`);
  }

  /**
   * Tells how the work ends, within the deadline. A store that hangs is met several times in one piece of work, and by the work before it in the session's
   * queue: each call of it has a deadline of its own, their sum would have none.
   */
  watch(key: Key, about: About, work: Promise<void>): void {
    const one: Underway<Key, About> = {
      key,
      about,
      work,
      dueAt: this.#clock.monotonic() + workDeadlineMs,
      timer: null,
    };
    this.#underway.add(one);
    const isLate = this.#late.size > 0 && this.#late.has(key);
    if (isLate) one.timer = this.#clock.after(patienceMs, () => this.#giveUp(one));
    else this.#timer ??= this.#clock.after(workDeadlineMs, this.#expire);
    work.then(
      () => {
        if (this.#isAwaited(one)) this.#outcome.done(key);
      },
      (error: unknown) => {
        if (this.#isAwaited(one)) this.#outcome.failed(key, about, error);
      },
    );
  }

  /** Whether somebody waited for it to this moment; nobody does from here on. */
  #isAwaited(one: Underway<Key, About>): boolean {
    one.timer?.cancel();
    return this.#underway.delete(one);
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
      this.#giveUp(one);
    }
  };

  #giveUp(one: Underway<Key, About>): void {
    if (!this.#isAwaited(one)) return;
    const { key, about, work } = one;
    this.#keep(key, work);
    this.#outcome.failed(key, about, new StoreError('unknown_outcome', 'The work on this frame waits for the store.'));
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
