// Station: cli/token. Spans of time in words. Called by create, inspect and the banner of serve.

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** A span in its biggest unit, rounded down: `29 days`, `1 hour`. @param ms not negative */
export function describeSpan(ms: number): string {
  for (const [name, size] of units) {
    const count = Math.floor(ms / size);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return 'less than a second';
}

/** A point in time as seen from now: `in 29 days`, `2 hours ago`. */
export function describeMoment(atMs: number, nowMs: number): string {
  return atMs >= nowMs ? `in ${describeSpan(atMs - nowMs)}` : `${describeSpan(nowMs - atMs)} ago`;
}
