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
 * Runs `ours` and `peer` in turn, `pairs` times, the first of a pair alternating, and gives the ratio ours / peer of each pair.
 * Both resolve to one number.
 */
export async function interleave(pairs, ours, peer, progress = () => undefined) {
  const figures = { ours: [], peer: [] };
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? ['peer', 'ours'] : ['ours', 'peer'];
    for (const side of order) figures[side].push(await (side === 'ours' ? ours : peer)());
    progress(`pair ${pair + 1} of ${pairs}: ${show(figures.ours.at(-1))} against ${show(figures.peer.at(-1))}`);
  }
  return summary(figures.ours, figures.peer);
}

/** Ratios of paired figures with their median, least and greatest. */
export function summary(ours, peer) {
  const ratios = ours.map((value, at) => value / peer[at]);
  return {
    ratio: median(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    ours: median(ours),
    peer: median(peer),
    pairs: ratios.length,
  };
}

/** A figure in at most four places. */
export function show(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);
}
