// Station: common. The known word that a misspelt one was meant to be. Called by the configuration and the command line.

const longest = 100;

/** Edits (insert, delete, replace, swap of neighbours) that lead from `a` to `b`; gives up over `most`. */
function distance(a: string, b: string, most: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    // From here on it only grows: no row is below the least of the two before it.
    if (Math.min(...row) > most && Math.min(...last) >= most) return most + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? most + 1;
}

/**
 * The candidate nearest to `word`, in any case, or null where none is near.
 * @param most edits that still count as near; by default a third of its letters, at most three
 */
export function nearest(
  word: string,
  candidates: Iterable<string>,
  most = Math.min(3, Math.max(1, Math.floor(word.length / 3))),
): string | null {
  if (word.length > longest) return null;
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = most + 1;
  for (const candidate of candidates) {
    if (Math.abs(wanted.length - candidate.length) > most) continue;
    const edits = distance(wanted, candidate.toLowerCase(), most);
    if (edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}
