// Station: k8s/rules. Reading untyped manifests: each reader gives what is there, or nothing. Called by every rule.

/** Keys from the root of an object to a place in it. */
export type Path = readonly (string | number)[];

/** A map of a manifest. */
export type JsonMap = Readonly<Record<string, unknown>>;

/** Whether `value` is a map. */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What lies at `path` below `value`; undefined where the path leads nowhere. */
export function at(value: unknown, ...path: Path): unknown {
  let here = value;
  for (const key of path) {
    if (Array.isArray(here) && typeof key === 'number') here = here[key];
    else if (isMap(here) && typeof key === 'string' && Object.hasOwn(here, key)) here = here[key];
    else return undefined;
  }
  return here;
}

/** The text at `path`; numbers and booleans are no text. */
export function textAt(value: unknown, ...path: Path): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The number at `path`. */
export function numberAt(value: unknown, ...path: Path): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** The list at `path`; empty where there is none. */
export function listAt(value: unknown, ...path: Path): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The map at `path`; empty where there is none. */
export function mapAt(value: unknown, ...path: Path): JsonMap {
  const found = at(value, ...path);
  return isMap(found) ? found : {};
}

/** The entries of the map at `path` whose values are text. */
export function textsAt(value: unknown, ...path: Path): readonly (readonly [string, string])[] {
  return Object.entries(mapAt(value, ...path)).flatMap(([key, text]) =>
    typeof text === 'string' ? [[key, text] as const] : [],
  );
}

/** A path as people write it: `spec.containers[0].image`. A key with a dot stands in brackets. */
export function describePath(path: Path): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : /^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`))
    .join('')
    .replace(/^\./, '');
}

/** A piece of text in a manifest. */
export interface Leaf {
  readonly path: Path;
  readonly text: string;
}

/** Every text below `value`, keys not included. */
export function leavesOf(value: unknown, path: Path = []): readonly Leaf[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
}
