// Station: common. Full-jitter exponential backoff. Called by the client's reconnect and by retried writes.
import type { Random } from './random.js';

/** Bounds of a backoff, in milliseconds. */
export interface BackoffBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

/** How long to wait before attempt `attempt` (0 is the first retry): a uniform draw from [0, min(cap, base * 2^attempt)]. */
export function fullJitter(attempt: number, bounds: BackoffBounds, random: Random): number {
  const ceiling = Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(random.fraction() * ceiling);
}
