// Station: config. Text becomes values: numbers, durations, sizes, words, lists. Called by fields/*; network values are in network-parsers.
import { withinCodePoints } from '../../common/code-points.js';
import { Secret } from './secret.js';

/** A value, or why there is none: `must be …`, never with the value in it. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** Turns one kind of text into a value. */
export interface Parser<T> {
  /** What it takes, for people: `a duration such as 30s`. */
  readonly kind: string;
  /** Whether it takes several values (comma-separated, or a list in the config file). */
  readonly many: boolean;
  /** Whether what it refused may be shown; not where people paste credentials. */
  readonly quotable: boolean;
  parse(raw: string): Parsed<T>;
  /** How people would write the value. */
  format(value: T): string;
  /** What people call its absence, where that has a name of its own: `off`. */
  readonly none?: string;
}

/** A value. */
export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** No value, and why. */
export function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}

/** A parser of single values that may be quoted. */
export function parser<T>(
  kind: string,
  parse: (raw: string) => Parsed<T>,
  format: (value: T) => string = String,
): Parser<T> {
  return { kind, many: false, quotable: true, parse, format };
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): Parser<number> {
  const kind = `a whole number from ${min} to ${max}`;
  return parser(kind, (raw) => {
    const value = /^-?\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
    return value >= min && value <= max ? parsed(value) : refused(`must be ${kind}`);
  });
}

const durationUnits = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizeUnits = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** The biggest unit that divides `value`, written after it: 90000 is `90s`. */
function inUnits(value: number, units: Readonly<Record<string, number>>): string {
  let best = String(value);
  for (const [unit, factor] of Object.entries(units)) {
    if (value !== 0 && value % factor === 0) best = `${value / factor}${unit}`;
  }
  return best;
}

function measure(kind: string, units: Readonly<Record<string, number>>, min: number, max: number): Parser<number> {
  const pattern = new RegExp(`^(\\d{1,12}(?:\\.\\d{1,3})?)(${Object.keys(units).join('|')})$`);
  const range = `from ${inUnits(min, units)} to ${inUnits(max, units)}`;
  return parser(
    `${kind}, ${range}`,
    (raw) => {
      const match = pattern.exec(raw);
      const value = raw === '0' ? 0 : Math.round(Number(match?.[1]) * (units[match?.[2] ?? ''] ?? Number.NaN));
      if (Number.isNaN(value)) return refused(`must be ${kind}`);
      return value >= min && value <= max ? parsed(value) : refused(`must be ${range}`);
    },
    (value) => inUnits(value, units),
  );
}

/** A length of time with its unit, in milliseconds; bounds are milliseconds too. */
export function duration(minMs: number, maxMs: number): Parser<number> {
  return measure('a duration such as 500ms, 30s, 15m or 1h', durationUnits, minMs, maxMs);
}

/** A size with its unit, in bytes. */
export function byteSize(min: number, max: number): Parser<number> {
  return measure('a size such as 512KiB or 1MiB', sizeUnits, min, max);
}

const yes = new Set(['true', 'yes', 'on', '1']);
const no = new Set(['false', 'no', 'off', '0']);

/** Yes or no. */
export const flag: Parser<boolean> = parser('true or false', (raw) => {
  const word = raw.toLowerCase();
  if (yes.has(word)) return parsed(true);
  return no.has(word) ? parsed(false) : refused('must be true or false');
});

/** One of a few words, in any case. */
export function oneOf<const W extends string>(words: readonly W[]): Parser<W> {
  const kind = words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`;
  return parser(kind, (raw) => {
    const word = words.find((candidate) => candidate === raw.toLowerCase());
    return word === undefined ? refused(`must be ${kind}`) : parsed(word);
  });
}

/** Text of at most `max` code points. */
export function text(max: number): Parser<string> {
  return parser(`text of at most ${max} characters`, (raw) =>
    withinCodePoints(raw, max) ? parsed(raw) : refused(`must have at most ${max} characters`),
  );
}

/** A secret of at most `max` characters, not quoted when refused; `check` may say why it will not do. */
export function secretText(max: number, check: (raw: string) => string | null = () => null): Parser<Secret> {
  return {
    kind: 'a secret',
    many: false,
    quotable: false,
    parse(raw) {
      if (raw.length > max) return refused(`must have at most ${max} characters`);
      if (raw.trim() !== raw) return refused('begins or ends with white space or a line break');
      const reason = check(raw);
      return reason === null ? parsed(new Secret(raw)) : refused(reason);
    },
    format: () => '[secret]',
  };
}

/** A point in time, RFC 3339 or whole seconds since the Unix epoch; in milliseconds since the epoch. */
export const instant: Parser<number> = parser(
  'an RFC 3339 time or whole seconds since 1970',
  (raw) => {
    const isRfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(raw);
    const value = /^\d{1,11}$/.test(raw) ? Number(raw) * 1_000 : isRfc3339 ? Date.parse(raw) : Number.NaN;
    return Number.isNaN(value)
      ? refused('must be a time such as 2026-01-31T00:00:00Z, or whole seconds since 1970')
      : parsed(value);
  },
  (value) => new Date(value).toISOString(),
);

/** `off`, which is null, or what `inner` takes. */
export function orOff<T>(inner: Parser<T>): Parser<T | null> {
  return {
    ...inner,
    kind: `${inner.kind}, or off`,
    none: 'off',
    parse: (raw) => (raw === 'off' ? parsed(null) : inner.parse(raw)),
    format: (value) => (value === null ? 'off' : inner.format(value)),
  };
}

/** At most `max` values with commas between them. */
export function listOf<T>(inner: Parser<T>, max: number): Parser<readonly T[]> {
  return {
    kind: `a comma-separated list, each ${inner.kind}`,
    many: true,
    quotable: inner.quotable,
    parse(raw) {
      const items = raw
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
      if (items.length > max) return refused(`must have at most ${max} entries`);
      const values: T[] = [];
      for (const [index, item] of items.entries()) {
        const result = inner.parse(item);
        if (!result.ok) return refused(`entry ${index + 1} ${result.reason}`);
        values.push(result.value);
      }
      return parsed(values);
    },
    format: (values) => values.map((value) => inner.format(value)).join(','),
  };
}
