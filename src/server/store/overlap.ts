// Station: store. How many sessions ran beside one another. Called by the adapters' metrics; pure.

/**
 * How many of these spans lie over one another at most. Both lists are sorted here; a span holds its start and not its end, so one that ends as another
 * starts is not beside it.
 */
export function greatestOverlap(starts: Float64Array, ends: Float64Array): number {
  starts.sort();
  ends.sort();
  let greatest = 0;
  let ended = 0;
  for (let started = 0; started < starts.length; started += 1) {
    while ((ends[ended] ?? Number.POSITIVE_INFINITY) <= (starts[started] ?? 0)) ended += 1;
    greatest = Math.max(greatest, started + 1 - ended);
  }
  return greatest;
}
