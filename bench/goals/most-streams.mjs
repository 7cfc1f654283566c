// How many answers of 50 chunks a second one server carries with the p99 of what it adds at 50 ms or less: found by bisection. Called by relay.
import { rounds } from '../lib/stats.mjs';

const everyMs = 20;
const limitMs = 50;
const precision = 0.05;
/** Less than this part of the chunks in time means that the server falls behind, whatever the delay of those that came. */
const leastDelivered = 0.95;

/** Bisects on each side, `bench.pairs` times in turn; later rounds begin around what the first one found. */
export async function mostStreams({ bench, upstream, open, ask, most }) {
  const seconds = bench.isQuick ? 1.5 : 2.5;
  const pieces = Math.ceil((seconds * 1000) / everyMs);
  const lastFound = {};

  const holds = async (side, count) => {
    const { chars } = await upstream.request('paced', { pieces, everyMs });
    await open(side, count);
    const result = await ask(side, {
      // The first questions are spread over the length of an answer, so that answers begin and end evenly, as they do where people ask.
      spreadMs: seconds * 1000,
      warmupMs: seconds * 1000 + 500,
      durationMs: seconds * 1000,
      expectedChars: chars,
      stamped: true,
    });
    const delivered = result.delayMs === null ? 0 : result.delayMs.count / ((count * seconds * 1000) / everyMs);
    const p99 = result.delayMs?.p99 ?? Number.POSITIVE_INFINITY;
    bench.detail(`${side}: ${count} streams, p99 ${p99.toFixed(1)} ms, ${Math.round(delivered * 100)} % in time`);
    return p99 <= limitMs && delivered >= leastDelivered;
  };

  const search = async (side) => {
    const guess = lastFound[side] ?? 150;
    let good = 0;
    let bad = most + 1;
    let probe = Math.min(guess, most);
    // Doubling or halving from the guess until both sides of the limit are seen, then halving the gap.
    while (bad - good > Math.max(1, good * precision)) {
      if (await holds(side, probe)) good = probe;
      else bad = probe;
      if (good === most) break;
      if (bad > most) probe = Math.min(most, Math.round(good * (lastFound[side] === undefined ? 1.6 : 1.15)));
      else if (good === 0) probe = Math.max(1, Math.round(bad * (lastFound[side] === undefined ? 0.6 : 0.85)));
      else probe = Math.round((good + bad) / 2);
      if (probe === good || probe === bad) break;
    }
    lastFound[side] = Math.max(1, good);
    return lastFound[side];
  };

  return rounds(bench.pairs, { bare: () => search('bare'), ours: () => search('ours') }, bench.progress);
}
