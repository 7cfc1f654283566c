// Station: protocol. Values as they come in paths and query strings: text in, typed out. Called by the route contracts.
import { z } from 'zod';
import { limits } from './limits.js';
import { boundedText } from './text.js';

/** A string of an answer, with the bound that it is known to keep. */
export function answerText(max: number) {
  return z.string().meta({ maxLength: max });
}

/** A time of an answer: RFC 3339 in UTC. */
export const answerTime = z.iso.datetime().meta({ maxLength: 30 });

/** A count or sum of an answer. */
export const answerCount = z.number().int().min(0);

/** Forms and clients send an empty value for "none". */
function emptyIsNone(value: unknown): unknown {
  return typeof value === 'string' && value.trim() === '' ? undefined : value;
}

/** A query value that may be left out. */
export function optionalValue<T extends z.ZodType>(value: T) {
  return z.preprocess(emptyIsNone, value.optional()).optional();
}

/** An id in a path. One that is too long can't be anybody's. */
export function pathText(max: number) {
  return boundedText(max).refine((value) => value.length > 0, { error: 'must not be empty' });
}

/** A page size: a bad one is the default (ref). */
export function pageLimit(max: number, fallback: number) {
  return z
    .preprocess((raw) => {
      const value = wholeNumber(raw);
      return value === null || value < 1 || value > max ? fallback : value;
    }, z.number().int().min(1).max(max))
    .default(fallback);
}

/** How many to skip: a bad one is 0 (ref). */
export const pageOffset = z
  .preprocess((raw) => Math.max(0, wholeNumber(raw) ?? 0), z.number().int().min(0).max(Number.MAX_SAFE_INTEGER))
  .default(0);

/** `next_cursor` of the page before. */
export const pageCursor = optionalValue(boundedText(limits.cursor));

/** A place in a log. */
export const seqValue = z.preprocess(
  (raw) => wholeNumber(raw) ?? raw,
  z.number({ error: 'must be a whole number' }).int().min(1, { error: 'must be at least 1' }),
);

/** `true` or `false`. */
export const flagValue = z.preprocess(
  (raw) => (raw === 'true' || raw === '1' ? true : raw === 'false' || raw === '0' ? false : raw),
  z.boolean({ error: 'must be true or false' }),
);

/** One of a few words; anything else is refused naming them (findings H1, R30). */
export function choiceValue<const T extends readonly [string, ...string[]]>(choices: T) {
  return z.enum(choices, { error: `must be one of ${choices.join(', ')}` });
}

function wholeNumber(raw: unknown): number | null {
  if (typeof raw !== 'string' || !/^[+-]?\d{1,16}$/.test(raw.trim())) return null;
  const value = Number(raw);
  return Number.isSafeInteger(value) ? value : null;
}

const dayMs = 86_400_000;
// In a query string an unescaped `+` arrives as a space.
const timePattern = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+ -]\d{2}:\d{2})$/;

/**
 * A moment: RFC 3339, or `YYYY-MM-DD` in UTC, which as the end of a window includes that whole day. Becomes ms since the Unix epoch.
 */
export function momentValue(edge: 'from' | 'to') {
  return boundedText(40)
    .transform((raw, context) => {
      const at = readMoment(raw, edge);
      if (at !== null) return at;
      const error = 'must be a time such as 2026-01-31T09:00:00Z, or a date such as 2026-01-31';
      context.addIssue({ code: 'custom', message: error });
      return z.NEVER;
    })
    .meta({ description: edge === 'to' ? 'RFC 3339, or a date in UTC, inclusive' : 'RFC 3339, or a date in UTC' });
}

function readMoment(raw: string, edge: 'from' | 'to'): number | null {
  if (/^\d{4}-\d{2}-\d{2}$/.test(raw)) {
    const start = isDate(raw) ? Date.parse(`${raw}T00:00:00Z`) : Number.NaN;
    return Number.isNaN(start) ? null : edge === 'from' ? start : start + dayMs - 1;
  }
  const parts = timePattern.exec(raw);
  if (parts === null || !isDate(parts[1] ?? '')) return null;
  const [, date, time, fraction = '', zone = ''] = parts;
  const at = Date.parse(`${date}T${time}${fraction.slice(0, 4)}${zone.replace(' ', '+').toUpperCase()}`);
  return Number.isNaN(at) ? null : at;
}

/** Date.parse takes 31 February for a day in March. */
function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
