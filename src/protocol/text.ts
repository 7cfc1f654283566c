// Station: protocol. The building blocks of every schema: strings with a bound, as the wire counts them.
import { z } from 'zod';
import { withinCodePoints } from '../common/code-points.js';

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

function emptyIsNone(value: unknown): unknown {
  if (value === null) return undefined;
  return typeof value === 'string' && value.trim() === '' ? undefined : value;
}

/** A bounded string that must be there and not be empty; its absence is told apart by code (`MISSING_FIELD`). */
export function requiredText(max: number) {
  return boundedText(max).refine((value) => value.length > 0, { error: 'is required', params: { missing: true } });
}
