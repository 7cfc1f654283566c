// Station: common. Lengths in Unicode code points, the unit of every bound of the wire.

/** Whether `text` has at most `max` code points; looks at no more of it than it must. */
export function withinCodePoints(text: string, max: number): boolean {
  if (text.length <= max) return true;
  if (text.length > max * 2) return false;
  let count = 0;
  for (const _ of text) {
    count += 1;
    if (count > max) return false;
  }
  return true;
}

/** The first `max` code points of `text`; never half of a surrogate pair (finding L2). */
export function cutCodePoints(text: string, max: number): string {
  if (withinCodePoints(text, max)) return text;
  let end = 0;
  let count = 0;
  for (const point of text) {
    if (count === max) break;
    count += 1;
    end += point.length;
  }
  return text.slice(0, end);
}
