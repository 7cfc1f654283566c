// Station: protocol. A frame's fields against the schema of its type, and what is wrong with them in words. Called by dispatch.
import type { z } from 'zod';
import { WireError } from './errors.js';
import { type InboundOf, type InboundType, inboundSchemas } from './inbound.js';
import { limits } from './limits.js';

/**
 * Validates the fields of a frame of type `type`.
 * @throws WireError MISSING_FIELD or INVALID_FORMAT, naming the field and its bound, never its value
 */
export function validate<T extends InboundType>(type: T, fields: Readonly<Record<string, unknown>>): InboundOf<T> {
  const parsed = inboundSchemas[type].safeParse(fields);
  if (parsed.success) return parsed.data as InboundOf<T>;
  throw refusal(parsed.error.issues[0]);
}

function refusal(issue: z.core.$ZodIssue | undefined): WireError {
  const field = issue?.path.map(String).join('.').slice(0, limits.metadataKey) ?? '';
  if (issue === undefined || field === '') {
    return new WireError('INVALID_FORMAT', 'The frame does not have the form of its type.');
  }
  return isMissing(issue)
    ? new WireError('MISSING_FIELD', `"${field}" is required.`)
    : new WireError('INVALID_FORMAT', `"${field}" ${wordsOf(issue)}.`.slice(0, limits.errorMessage));
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'custom') return issue.params?.missing === true;
  return issue.code === 'invalid_type' && issue.message.includes('received undefined');
}

/** What is wrong with a field, in words of our own: those of the schema library name its types, not ours. */
function wordsOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'custom':
      return issue.message;
    case 'invalid_type':
      return typeWords[issue.expected] ?? 'is not of the right type';
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_union':
      return 'must be text, a number, true or false';
    default:
      return 'is not of the form that this field has';
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  object: 'must be an object',
  record: 'must be an object',
};
