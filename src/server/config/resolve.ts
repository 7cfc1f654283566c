// Station: config. Givens of all layers become values, each with its origin. Called by load.
import type { CatalogEntry } from './catalog.js';
import type { Mode } from './field.js';
import type { Given, Reading } from './given.js';
import type { Parsed } from './parsers.js';
import { isPlaceholder } from './placeholder.js';
import { type Problem, quoted } from './problem.js';

/** A setting with its value and where that came from. */
export interface Setting {
  readonly entry: CatalogEntry;
  readonly value: unknown;
  /** `env RATE_LIMIT`, `chatbox.yaml:12`, `default`. */
  readonly origin: string;
  readonly isGiven: boolean;
}

/** Settings by their file keys. A setting whose value was refused is absent. */
export type Settings = ReadonlyMap<string, Setting>;

/** Resolves `entries`: the strongest layer that gives a setting wins; what nobody gave has its default. Adds to `problems`. */
export function resolveSettings(
  entries: readonly CatalogEntry[],
  readings: readonly Reading[],
  mode: Mode,
  problems: Problem[],
): Settings {
  const settings = new Map<string, Setting>();
  for (const entry of entries) {
    const all = readings.flatMap(({ given }) => given.get(entry.fileKey) ?? []);
    problems.push(
      ...all.filter((given) => holdsPlaceholder(entry, given)).map((given) => placeholderProblem(entry, given)),
    );
    const [given] = all;
    if (given === undefined) {
      settings.set(entry.fileKey, { entry, value: entry.field.fallback[mode], origin: 'default', isGiven: false });
    } else if (!holdsPlaceholder(entry, given)) {
      const result = parseGiven(entry, given);
      if (result.ok) settings.set(entry.fileKey, { entry, value: result.value, origin: given.source, isGiven: true });
      else problems.push(refusal(entry, given, result.reason));
    }
  }
  return settings;
}

function parseGiven(entry: CatalogEntry, { raw }: Given): Parsed<unknown> {
  const { parser } = entry.field;
  if (typeof raw === 'string') return parser.parse(raw);
  const comma = raw.findIndex((item) => item.includes(','));
  return comma === -1 ? parser.parse(raw.join(',')) : { ok: false, reason: `entry ${comma + 1} must not hold a comma` };
}

function refusal(entry: CatalogEntry, { raw, source }: Given, reason: string): Problem {
  const { field } = entry;
  const shown = field.secret || !field.parser.quotable || typeof raw !== 'string' ? '' : `, not ${quoted(raw)}`;
  const fix = field.secret && field.generate !== null ? generatedFix(entry) : null;
  return { source, message: `${reason}${shown}`, fix };
}

/** A key by itself is text; a list of keys has their bytes in base64. */
const generatedFix = ({ fileKey }: CatalogEntry): string =>
  fileKey === 'auth.jwtSecret'
    ? 'use at least 32 random bytes, as text'
    : 'write each key as id:base64 of 32 random bytes';

function holdsPlaceholder(entry: CatalogEntry, { raw }: Given): boolean {
  const isProse = entry.field.emptyIsValue;
  return (typeof raw === 'string' ? [raw] : raw).some((item) => isPlaceholder(item, isProse));
}

function placeholderProblem(entry: CatalogEntry, { source }: Given): Problem {
  const what = entry.field.env[0] ?? entry.fileKey;
  return { source, message: 'holds a placeholder', fix: `put the real value of ${what} there, or remove it` };
}
