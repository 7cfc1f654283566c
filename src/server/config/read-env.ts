// Station: config. Named values become givens: the environment, an env file, a folder of secrets, the flags. Called by load.
import { nearest } from '../../common/nearest.js';
import { type CatalogEntry, catalog, providerCatalog } from './catalog.js';
import { classifyEnvName, didYouMean, isServiceVariable } from './env-names.js';
import type { Given, Layer, Reading } from './given.js';
import type { Notice, Problem } from './problem.js';

/** A value under an environment name, and where it stands: `env PORT`, `.env:3 PORT`. */
export interface NamedValue {
  readonly name: string;
  readonly raw: string;
  readonly source: string;
}

interface Draft {
  readonly given: Map<string, Given>;
  readonly problems: Problem[];
  readonly notices: Notice[];
}

/** Sorts named values: ours become givens, unknown ones problems, those without effect notices. Later values of one name win. */
export function readNamed(layer: Layer, values: readonly NamedValue[]): Reading {
  const draft: Draft = { given: new Map(), problems: [], notices: [] };
  const byName = new Map<string, NamedValue>();
  const slots = new Set<number>();
  for (const value of values) {
    if (isServiceVariable(value.name, value.raw)) continue;
    const kind = classifyEnvName(value.name);
    switch (kind.kind) {
      case 'provider':
        slots.add(kind.slot);
        byName.set(value.name, value);
        break;
      case 'setting':
        byName.set(value.name, value);
        break;
      case 'unused':
        if (value.raw !== '') draft.notices.push({ source: value.source, message: kind.notice });
        break;
      case 'unknown':
        draft.problems.push({ source: value.source, message: 'is not a known setting', fix: kind.fix });
        break;
      case 'near':
        draft.notices.push({ source: value.source, message: `is not read; did you mean ${kind.meant}?` });
        break;
      case 'foreign':
        break;
      default:
        kind satisfies never;
    }
  }
  const entries = [...catalog, ...[...slots].flatMap((slot) => providerCatalog(slot))];
  for (const entry of entries) take(entry, byName, draft);
  return { layer, ...draft };
}

/** Takes a setting under whichever of its names was used; two names that say different things are a problem. */
function take(entry: CatalogEntry, byName: ReadonlyMap<string, NamedValue>, draft: Draft): void {
  const used = entry.env
    .flatMap((name) => byName.get(name) ?? [])
    .filter(({ raw }) => raw !== '' || entry.field.emptyIsValue);
  const [first, ...others] = used;
  if (first === undefined) return;
  draft.given.set(entry.fileKey, { raw: first.raw, source: first.source });
  const other = others.find(({ raw }) => raw !== first.raw);
  if (other !== undefined) {
    draft.problems.push({
      source: other.source,
      message: `says something else than ${first.name}, which is the same setting`,
      fix: `keep only ${entry.env[0]}`,
    });
  }
}

/** The flags of a command, by their names without dashes. */
export function readFlags(flags: Readonly<Record<string, string>>): Reading {
  const given = new Map<string, Given>();
  const problems: Problem[] = [];
  const known = new Map(
    catalog.flatMap((entry) => (entry.field.flag === null ? [] : [[entry.field.flag, entry] as const])),
  );
  for (const [name, raw] of Object.entries(flags)) {
    const entry = known.get(name);
    const source = `--${name}`;
    if (entry !== undefined) given.set(entry.fileKey, { raw, source });
    else {
      const meant = nearest(name, known.keys());
      problems.push({ source, message: 'is not a known flag', fix: didYouMean(meant === null ? null : `--${meant}`) });
    }
  }
  return { layer: 'flag', given, problems, notices: [] };
}
