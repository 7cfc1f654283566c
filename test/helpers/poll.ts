// Station: test/helpers. Waiting for a condition with a deadline, in place of a fixed sleep (finding L5). Called by tests.

/** How long to wait and how often to look, in milliseconds. */
export interface PollOptions {
  /** Default 5,000. */
  readonly timeoutMs?: number;
  /** Default 5. */
  readonly everyMs?: number;
  /** What was waited for, for the error. */
  readonly what?: string;
}

/**
 * Resolves to the first value of `condition` that is not false, null or undefined. A condition that throws is not met yet, so assertions may stand in it;
 * what it threw last is the cause of the error after the deadline.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  options: PollOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const { timeoutMs = 5_000, everyMs = 5, what = 'the condition' } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await condition();
      if (isMet(value)) return value;
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadline) {
      const why = failure instanceof Error ? `: ${failure.message}` : '';
      throw new Error(`${what} did not come true within ${timeoutMs} ms${why}`, { cause: failure });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

function isMet<T>(value: T): value is Exclude<T, false | null | undefined> {
  return value !== false && value !== null && value !== undefined;
}
