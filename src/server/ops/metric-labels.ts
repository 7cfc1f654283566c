// Station: ops. Label values with a bound: a metric whose label follows what clients send would grow for ever. Called by the metrics.

/** More different values than this become `other`. */
const maxValues = 100;

/** A metric with one child for each label value, each looked up once. */
export function childrenOf<C>(make: (value: string) => C): (value: string) => C {
  const known = new Map<string, C>();
  const childOf = (value: string): C => {
    const found = known.get(value);
    if (found !== undefined) return found;
    if (known.size >= maxValues && value !== 'other') return childOf('other');
    const child = make(value);
    known.set(value, child);
    return child;
  };
  return childOf;
}
