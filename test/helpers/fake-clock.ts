// Station: test/helpers. A clock that tests own: time moves only by `advance`. Called by tests of whatever takes a Clock.
import type { Clock } from '../../src/common/clock.js';

/** A clock that stands still until it is advanced. */
export interface FakeClock extends Clock {
  /** Moves time forward, firing what falls due in order of its time; a timer set by a fired one fires too, if it falls due. Synchronous. */
  advance(ms: number): void;
  /** The same, but lets promise callbacks run before, between and after the timers, as they would in real time. */
  advanceAsync(ms: number): Promise<void>;
  /** Timers that are set and have neither fired nor been cancelled. */
  readonly pending: number;
}

interface Waiting {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Makes a clock that stands at `startMs` (milliseconds since the Unix epoch; default 2026-01-01T00:00:00Z). Its monotonic time starts at 0.
 */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  const timers = new Set<Waiting>();
  let elapsedMs = 0;
  let order = 0;

  const nextDue = (untilMs: number): Waiting | null => {
    let next: Waiting | null = null;
    for (const timer of timers) {
      if (timer.due > untilMs) continue;
      if (next === null || timer.due < next.due || (timer.due === next.due && timer.order < next.order)) next = timer;
    }
    return next;
  };

  const fire = (timer: Waiting): void => {
    timers.delete(timer);
    elapsedMs = Math.max(elapsedMs, timer.due);
    timer.run();
  };

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(ms, run) {
      order += 1;
      const timer: Waiting = { due: elapsedMs + Math.max(0, ms), order, run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (let timer = nextDue(untilMs); timer !== null; timer = nextDue(untilMs)) fire(timer);
      elapsedMs = untilMs;
    },
    async advanceAsync(ms) {
      const untilMs = elapsedMs + ms;
      await settle();
      for (let timer = nextDue(untilMs); timer !== null; timer = nextDue(untilMs)) {
        fire(timer);
        await settle();
      }
      elapsedMs = untilMs;
      await settle();
    },
    get pending() {
      return timers.size;
    },
  };
}

/** One turn of the event loop: every promise callback that can run has run, also those that they led to. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
