// Station: protocol. Checks a part of a request against its schema, and says in a sentence what is wrong with it. Called by the door.
import type { z } from 'zod';

/** A part that fits, or the sentence that says why it does not: it names the field, never its value. */
export type Validated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Checks one part (`params`, `query`, `body`) of a request. */
export function checkPart<S extends z.ZodType>(schema: S, part: unknown): Validated<z.output<S>> {
  const result = schema.safeParse(part, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0];
  return { ok: false, problem: issue === undefined ? 'The request does not fit its schema.' : sentence(issue) };
}

function sentence(issue: z.core.$ZodIssue): string {
  const field = issue.path.map(String).join('.').slice(0, 100);
  return `${field === '' ? 'The request body' : field} ${complaint(issue)}.`;
}

function complaint(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  // Schemas that say something of their own begin with "must"; zod's own words name types of the language.
  if (issue.message.startsWith('must ')) return issue.message;
  return issue.input === undefined ? 'is required' : `must be of type ${issue.expected}`;
}
