// Station: cli. A wait that a signal ends. Called by commands that look again and again.

/** Resolves after `ms` milliseconds, or at once when the signal fires. It keeps the process alive, as the system clock's timers do not: there may be nothing else that does. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
