// Station: cli. A wait that a signal ends. Called by commands that look again and again.
import { systemClock } from '../common/clock.js';

/** Resolves after `ms` milliseconds, or at once when the signal fires. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = systemClock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
