// Station: llm/openai. When a rate-limited endpoint wants to be asked again. Called by upstream-errors.

/** What we believe of such a hint at most, in milliseconds: an hour. */
const maxRetryAfterMs = 3_600_000;

/**
 * Milliseconds to wait, from `retry-after-ms` or `Retry-After` (seconds, or an HTTP date held against `nowMs`); undefined where there is no hint that can
 * be read. Between 0 and one hour.
 */
export function retryAfterMs(header: (name: string) => string | null | undefined, nowMs: number): number | undefined {
  const inMs = numberOf(header('retry-after-ms'));
  if (inMs !== undefined) return bounded(inMs);
  const text = header('retry-after');
  const inSeconds = numberOf(text);
  if (inSeconds !== undefined) return bounded(inSeconds * 1000);
  const date = text === null || text === undefined || text.trim() === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(date) ? undefined : bounded(date - nowMs);
}

function numberOf(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\s*\d{1,12}(\.\d{1,6})?\s*$/.test(text) ? Number(text) : undefined;
}

function bounded(ms: number): number {
  return Math.min(maxRetryAfterMs, Math.max(0, Math.ceil(ms)));
}
