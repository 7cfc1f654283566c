// Station: llm/openai. What is kept of an error: its name, status and code, never its text. Called by upstream-errors.
import { APIError } from 'openai';

/** All that is kept of what went wrong. Upstream text, URLs and headers may quote a key or what was said, so none of them is in it. */
export interface SafeCause {
  readonly name: string;
  readonly status?: number;
  readonly code?: string;
}

/** Codes that an endpoint may send and that we repeat. Anything else in that field is upstream text. */
const knownCodes: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'rate_limit_exceeded',
  'insufficient_quota',
  'invalid_api_key',
  'model_not_found',
  'content_filter',
  'content_policy_violation',
  'server_error',
]);

/** What is kept of an error that was thrown. */
export function safeCause(error: unknown): SafeCause {
  if (error instanceof APIError) return streamedCause(error.constructor.name, error.status, error.code ?? '');
  if (!(error instanceof Error)) return { name: typeof error };
  // Codes of Node and undici are in capitals, so that nothing an endpoint sent is taken for one.
  const code = codeOf(error);
  return /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? { name: error.name, code } : { name: error.name };
}

/** What is kept of an error that an endpoint described. */
export function streamedCause(name: string, status: number | undefined, code: string): SafeCause {
  return {
    name,
    ...(typeof status === 'number' ? { status } : {}),
    ...(knownCodes.has(code) ? { code } : {}),
  };
}

/** The code of a system or undici error; empty where there is none. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
