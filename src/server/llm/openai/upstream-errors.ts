// Station: llm/openai. Every way a call can fail, as one LlmError; the only file that does so. Called by the provider and the answer reader.
import { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import { LlmError, type LlmErrorKind } from '../../ports/llm.js';
import { AbandonedError } from './exchange.js';
import { retryAfterMs } from './retry-after.js';
import { codeOf, type SafeCause, safeCause, streamedCause } from './safe-cause.js';
import { RequestFailedError } from './upstream-fetch.js';

/** Where in a call it failed: before the response's headers, or within its body. */
export type Phase = 'asking' | 'answering';

/** Translates whatever the SDK, undici or the answer reader threw. `nowMs` is wall clock, for a Retry-After that is a date. */
export function toLlmError(error: unknown, phase: Phase, nowMs: number): LlmError {
  if (error instanceof LlmError) return error;
  if (error instanceof APIUserAbortError || error instanceof AbandonedError)
    return llmError('aborted', safeCause(error));
  if (error instanceof APIConnectionError) {
    return error.cause instanceof RequestFailedError
      ? toLlmError(error.cause.failure, phase, nowMs)
      : fromSocket(error, phase);
  }
  if (error instanceof APIError) return fromStatus(error, nowMs);
  return fromSocket(error, phase);
}

/** Translates an `error` object that came within a response whose status was 200. */
export function fromErrorObject(error: object): LlmError {
  const said = read(error);
  const status = numericStatus(said.code) ?? said.status;
  return llmError(kindOf(status, said) ?? 'unavailable', streamedCause('StreamedError', status, said.code));
}

/** An LlmError in our own words, with nothing of the upstream's. */
export function llmError(kind: LlmErrorKind, cause: SafeCause, waitMs?: number): LlmError {
  const status = cause.status === undefined ? '' : ` (HTTP ${cause.status})`;
  return new LlmError(
    kind,
    sentences[kind] + status,
    waitMs === undefined ? { cause } : { cause, retryAfterMs: waitMs },
  );
}

/** Whether a 400 or 422 says nothing that we understand, so that an option which the endpoint does not know may be the reason. */
export function mayBeUnknownOption(error: unknown): boolean {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return false;
  const said = read(error);
  if (/stream_options|include_usage/.test(`${said.message} ${said.param}`)) return true;
  return !isTooLong(said) && !/content_filter|content_policy|model_not_found|invalid_api_key/.test(said.code);
}

const sentences: Readonly<Record<LlmErrorKind, string>> = {
  connect: 'The model endpoint could not be reached. Check its address, its certificate and the way there.',
  first_token: 'The model endpoint accepted the question and stayed silent.',
  idle: 'The model endpoint stopped in the middle of its answer.',
  total: 'The model did not finish its answer in time.',
  cut: 'The answer broke off: the model endpoint never said that it was finished.',
  rate_limited: 'The model endpoint asks for fewer questions. Try again later, or raise the limit with the provider.',
  auth: 'The model endpoint refused the key. Check the API key and what it is allowed to do.',
  rejected: 'The model endpoint refused the question.',
  too_long: 'The conversation is longer than the model can read at once.',
  unavailable: 'The model endpoint is out of order, or answered in a way that cannot be read.',
  empty: 'The model ended its answer without a word.',
  aborted: 'The question to the model was withdrawn.',
};

interface Said {
  readonly status: number | undefined;
  readonly code: string;
  readonly type: string;
  readonly param: string;
  readonly message: string;
}

function fromStatus(error: APIError, nowMs: number): LlmError {
  const said = read(error);
  const kind = kindOf(said.status, said) ?? 'unavailable';
  const waitMs = kind === 'rate_limited' ? retryAfterMs((name) => error.headers?.get(name), nowMs) : undefined;
  return llmError(kind, safeCause(error), waitMs);
}

/** By status first; the words decide only within 4xx, and where there is no status. Null: they say nothing that we know. */
function kindOf(status: number | undefined, said: Said): LlmErrorKind | null {
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'rate_limited';
  if (status !== undefined && (status >= 500 || status === 408)) return 'unavailable';
  if (status === 413 || isTooLong(said)) return 'too_long';
  if (status !== undefined) return 'rejected';
  const words = `${said.code} ${said.type}`;
  if (/rate_limit|insufficient_quota|too_many_requests/i.test(words)) return 'rate_limited';
  if (/invalid_api_key|authentication|permission/i.test(words)) return 'auth';
  if (/invalid_request|content_filter|model_not_found/i.test(words)) return 'rejected';
  return null;
}

/** Not every endpoint has a code for it, so its words are read; they go no further. */
function isTooLong(said: Said): boolean {
  if (said.code === 'context_length_exceeded') return true;
  return /context (length|window|size)|maximum context|too many tokens|prompt is too long/i.test(said.message);
}

function read(error: object): Said {
  const fields = error as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const status = fields.status;
  return {
    status: typeof status === 'number' ? status : undefined,
    code: text('code'),
    type: text('type'),
    param: text('param'),
    message: `${text('message')} ${'detail' in fields ? JSON.stringify(fields.detail) : ''}`,
  };
}

/** Some endpoints put the HTTP status into `code`. */
function numericStatus(code: string): number | undefined {
  return /^[1-5]\d\d$/.test(code) ? Number(code) : undefined;
}

/** System, resolver and certificate errors that mean: there was no connection. */
const connectCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'EPROTO',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function fromSocket(error: unknown, phase: Phase): LlmError {
  const cause = safeCause(error);
  const code = codeOf(error);
  if (connectCodes.has(code) || /^ERR_(TLS|SSL)_/.test(code)) return llmError('connect', cause);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return llmError('first_token', cause);
  if (code === 'UND_ERR_BODY_TIMEOUT') return llmError('idle', cause);
  // A socket that breaks breaks the answer off; whatever else goes wrong in it (an event without end, not JSON) is a reply that can't be read.
  const isSocket = code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('UND_ERR_') || code.startsWith('HPE_');
  return llmError(phase === 'answering' && isSocket ? 'cut' : 'unavailable', cause);
}
