// Medians, percentiles, and pairs of runs that are interleaved so that a noisy machine is as unkind to one side as to the other.

/** The middle of `values`; the mean of the two middles of an even count. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value below which `fraction` of `values` lie. */
export function percentile(values, fraction) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}

/**
 * Turns that stand for one long run of a side. The pace of a shared machine changes within seconds, and stores grow while they are measured: in many short
 * turns, both sides of a pair meet the same.
 */
export const turnsPerPair = 4;

/** `times` of one such turn. */
export function shortTurn({ warmupMs, durationMs }) {
  return { warmupMs: warmupMs / turnsPerPair, durationMs: durationMs / turnsPerPair };
}

/**
 * Runs every side once a round, each round beginning with another one, so that a noisy machine is as unkind to one as to the others.
 * `sides` maps names to functions that resolve to one figure; the result maps them to the figures of all rounds.
 */
export async function rounds(count, sides, progress = () => undefined) {
  const names = Object.keys(sides);
  const figures = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length];
      figures[name].push(await sides[name]());
    }
    progress(
      `round ${round + 1} of ${count}: ${names.map((name) => `${name} ${show(figures[name].at(-1))}`).join(', ')}`,
    );
  }
  return figures;
}

/** A figure in at most four places. */
export function show(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);
}
