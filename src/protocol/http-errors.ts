// Station: protocol. What a refused HTTP request is answered with. Called by the door: by its routes, and where it refuses an upgrade.
import { z } from 'zod';
import { limits } from './limits.js';

/** Codes of an HTTP error. A 429 has a form of its own, without a code. */
export const httpErrorCodes = [
  'UNAUTHORIZED',
  'INVALID_TOKEN',
  'EXPIRED_TOKEN',
  'FORBIDDEN',
  'BAD_REQUEST',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'REQUEST_TIMEOUT',
  'CONFLICT',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'HEADERS_TOO_LARGE',
  'INTERNAL_ERROR',
  'SERVICE_UNAVAILABLE',
] as const;

/** A code of an HTTP error. */
export type HttpErrorCode = (typeof httpErrorCodes)[number];

const sentence = z.string().meta({ maxLength: limits.errorMessage });

/** The body of every error but 429: the sentence twice, for the reference's clients and for ours. */
export const httpErrorSchema = z.strictObject({
  error: sentence.meta({ description: 'what failed and how to mend it, for people' }),
  code: z.enum(httpErrorCodes),
  message: sentence.meta({ description: 'the same sentence' }),
});

/** The body of a 429. */
export const rateLimitSchema = z.strictObject({
  error: z.literal('rate_limit_exceeded'),
  message: sentence,
  retry_after_ms: z.number().int().min(0).meta({ description: 'milliseconds; `Retry-After` says the same in seconds' }),
});

/** A body by `httpErrorSchema`. */
export type HttpErrorBody = z.output<typeof httpErrorSchema>;

/** A body by `rateLimitSchema`. */
export type RateLimitBody = z.output<typeof rateLimitSchema>;

/** The body of an error. `message` is for people: no upstream text, key, token or path. */
export function httpErrorBody(code: HttpErrorCode, message: string): HttpErrorBody {
  return { error: message, code, message };
}

/** The body of a 429. */
export function rateLimitBody(message: string, retryAfterMs: number): RateLimitBody {
  return { error: 'rate_limit_exceeded', message, retry_after_ms: Math.max(0, Math.ceil(retryAfterMs)) };
}

/** The value of a `Retry-After` header: whole seconds, at least one, so that nobody comes back at once. */
export function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
}
