// Station: protocol. The building blocks of every schema: strings with a bound, as the wire counts them.
import { z } from 'zod';
import { withinCodePoints } from '../common/code-points.js';

const isRequired = { error: 'is required', params: { missing: true } } as const;

/** NUL characters are removed and outer white space is trimmed; nothing is escaped (finding R3). */
function clean(value: string): string {
  const trimmed = value.trim();
  return trimmed.includes('\u0000') ? trimmed.replaceAll('\u0000', '').trim() : trimmed;
}

/** A cleaned string of at most `max` code points (finding M5: no string without a bound). */
export function boundedText(max: number) {
  return z
    .string()
    .overwrite(clean)
    .refine((value) => withinCodePoints(value, max), { error: `must have at most ${max} characters` })
    .meta({ maxLength: max });
}

/** A bounded string that may be absent; the reference's clients send `null` or an empty string for "none". */
export function optionalText(max: number) {
  return z.preprocess(emptyIsNone, boundedText(max).optional()).optional();
}

/** A bounded string that something is found by. Half of a surrogate pair has no bytes of its own, so that two ids with it could become one. */
function idText(max: number) {
  return boundedText(max).refine((value) => value.isWellFormed(), { error: 'must not hold half of a surrogate pair' });
}

/** An id that may be absent. */
export function optionalId(max: number) {
  return z.preprocess(emptyIsNone, idText(max).optional()).optional();
}

/** An id that must be there. */
export function requiredId(max: number) {
  return idText(max).refine((value) => value.length > 0, isRequired);
}

function emptyIsNone(value: unknown): unknown {
  if (value === null) return undefined;
  return typeof value === 'string' && value.trim() === '' ? undefined : value;
}

/** A bounded string that must be there and not be empty; its absence is told apart by code (`MISSING_FIELD`). */
export function requiredText(max: number) {
  return boundedText(max).refine((value) => value.length > 0, isRequired);
}
