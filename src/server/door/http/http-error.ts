// Station: door/http. What a failure is in HTTP: the one place that turns whatever was thrown into a status and a sentence (finding M10).
import { type ErrorCode, WireError } from '../../../protocol/errors.js';
import type { HttpErrorCode } from '../../../protocol/http-errors.js';
import { StoreError, type StoreErrorKind } from '../../ports/store.js';

/** A refusal on its way to the client. Its message is for people, as that of a WireError. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: HttpErrorCode;
  readonly retryAfterMs: number | undefined;
  /** Further headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: HttpErrorCode,
    message: string,
    options: {
      readonly retryAfterMs?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.headers = options.headers ?? {};
  }
}

/** How long a client waits where nobody knows better. */
const retryLaterMs = 1_000;

/** Something does not fit. */
export function badRequest(message: string, cause?: unknown): HttpError {
  return new HttpError(400, 'BAD_REQUEST', message, { cause });
}

/** No token, or a bad one. */
export function unauthorized(
  code: 'UNAUTHORIZED' | 'INVALID_TOKEN' | 'EXPIRED_TOKEN',
  message: string,
  cause?: unknown,
): HttpError {
  const challenge = code === 'UNAUTHORIZED' ? 'Bearer' : 'Bearer error="invalid_token"';
  return new HttpError(401, code, message, { headers: { 'WWW-Authenticate': challenge }, cause });
}

/** A limit is used up. */
export function tooMany(message: string, retryAfterMs: number): HttpError {
  // The code does not show: a 429 has a body of its own.
  return new HttpError(429, 'SERVICE_UNAVAILABLE', message, { retryAfterMs });
}

/** What to answer to whatever a handler, a hook or Fastify threw. */
export function toHttpError(cause: unknown): HttpError {
  if (cause instanceof HttpError) return cause;
  if (cause instanceof WireError) return fromWireError(cause);
  if (cause instanceof StoreError) return fromStoreError(cause);
  return fromFastify(cause) ?? internal(cause);
}

function internal(cause: unknown): HttpError {
  return new HttpError(500, 'INTERNAL_ERROR', 'Something went wrong on the server; it was logged.', { cause });
}

function unavailable(message: string, cause: unknown, retryAfterMs: number = retryLaterMs): HttpError {
  return new HttpError(503, 'SERVICE_UNAVAILABLE', message, { retryAfterMs, cause });
}

function fromWireError(error: WireError): HttpError {
  const { message, retryAfterMs } = error;
  const code: ErrorCode = error.code;
  switch (code) {
    case 'INVALID_TOKEN':
    case 'EXPIRED_TOKEN':
      return unauthorized(code, message, error);
    case 'INSUFFICIENT_PERMISSIONS':
    case 'UNAUTHORIZED':
      return new HttpError(403, 'FORBIDDEN', message, { cause: error });
    case 'INVALID_FORMAT':
    case 'MISSING_FIELD':
    case 'INVALID_FILE_TYPE':
    case 'INVALID_FILE_SIZE':
      return badRequest(message, error);
    case 'NOT_FOUND':
      return new HttpError(404, 'NOT_FOUND', message, { cause: error });
    case 'SESSION_HELD':
    case 'SESSION_ENDED':
    case 'TURN_INTERRUPTED':
      return new HttpError(409, 'CONFLICT', message, { cause: error });
    case 'TOO_MANY_REQUESTS':
    case 'CONNECTION_LIMIT_EXCEEDED':
    case 'SLOW_CONSUMER':
      return tooMany(message, retryAfterMs ?? retryLaterMs);
    case 'LLM_UNAVAILABLE':
    case 'LLM_TIMEOUT':
    case 'DATABASE_ERROR':
    case 'STORAGE_ERROR':
      return unavailable(message, error, retryAfterMs);
    case 'SERVICE_ERROR':
      return retryAfterMs === undefined ? internal(error) : unavailable(message, error, retryAfterMs);
  }
}

function fromStoreError(error: StoreError): HttpError {
  const kind: StoreErrorKind = error.kind;
  switch (kind) {
    case 'invalid':
      return badRequest(
        'The store cannot take a value of this request: is the cursor that of the page before, with the same query?',
        error,
      );
    case 'corrupt':
      return internal(error);
    case 'unavailable':
    case 'full':
    case 'unknown_outcome':
    case 'busy':
    case 'closed':
      return unavailable('The store cannot be used at the moment; try again shortly.', error);
  }
}

/** Fastify's own refusals, by status; their words are about its insides. */
function fromFastify(cause: unknown): HttpError | null {
  if (!(cause instanceof Error) || !('code' in cause) || !('statusCode' in cause)) return null;
  if (typeof cause.code !== 'string' || !cause.code.startsWith('FST_ERR_')) return null;
  switch (cause.statusCode) {
    case 400:
      return badRequest('The request is not well-formed HTTP: check its path and its Content-Length.', cause);
    case 404:
    case 414:
      return new HttpError(404, 'NOT_FOUND', 'There is no such route.', { cause });
    case 413:
      return new HttpError(413, 'PAYLOAD_TOO_LARGE', 'The request body is too large.', { cause });
    case 415:
      return new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.', { cause });
    case 503:
      return unavailable('The server took too long to answer; try again shortly.', cause);
    default:
      return null;
  }
}
