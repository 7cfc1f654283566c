// Station: chat. What a person reads when a port failed: port errors become wire errors here and nowhere else. Called by dispatch, turn and the HTTP door.
import { type ErrorCode, WireError } from '../../protocol/errors.js';
import { LlmError, type LlmErrorKind } from '../ports/llm.js';
import { StoreError, type StoreErrorKind } from '../ports/store.js';

type Sentence = readonly [ErrorCode, string];

const ofModel: Readonly<Record<LlmErrorKind, Sentence>> = {
  connect: ['LLM_UNAVAILABLE', 'The model could not be reached. Try again in a moment.'],
  first_token: ['LLM_TIMEOUT', 'The model did not begin to answer in time. Try again.'],
  idle: ['LLM_TIMEOUT', 'The model stopped in the middle of its answer. What it said is kept; try again.'],
  total: ['LLM_TIMEOUT', 'The answer took too long and was cut. What was said is kept; try again.'],
  cut: ['LLM_UNAVAILABLE', 'The model broke off in the middle of its answer. What it said is kept; try again.'],
  rate_limited: ['LLM_UNAVAILABLE', 'The model is asked too often at the moment. Try again later.'],
  auth: ['LLM_UNAVAILABLE', 'The model refused this service. Its operator has to check the key.'],
  rejected: ['LLM_UNAVAILABLE', 'The model refused this request.'],
  too_long: ['LLM_UNAVAILABLE', 'The conversation is longer than the model can take. Begin a new one.'],
  unavailable: ['LLM_UNAVAILABLE', 'The model is not available at the moment. Try again later.'],
  empty: ['LLM_UNAVAILABLE', 'The model gave an empty answer. Try again.'],
  aborted: ['TURN_INTERRUPTED', 'The answer was interrupted. Send "retry" to ask again.'],
};

const ofStore: Readonly<Record<StoreErrorKind, string>> = {
  unavailable: 'The message store is not available; nothing was stored. Try again in a moment.',
  full: 'The message store is full; nothing was stored. Its operator has to make room.',
  unknown_outcome: 'It is not known whether this was stored. Send it again with the same message_id.',
  busy: 'The message store has too much to do; nothing was stored. Try again in a moment.',
  invalid: 'The message store cannot take this value.',
  corrupt: 'The message store cannot be read. Its operator has to restore it.',
  closed: 'The service is shutting down; nothing was stored. Reconnect and send it again.',
};

const storeRetryMs = 2_000;

/** What an LlmError of this kind means to a person; the operator finds the kind itself in the log. */
export function llmFailure(
  kind: LlmErrorKind,
  options: { readonly turnId?: string; readonly retryAfterMs?: number } = {},
): WireError {
  const [code, message] = ofModel[kind];
  return new WireError(code, message, options);
}

/** Any error as a wire error; what is not known is SERVICE_ERROR without detail. */
export function toWireError(error: unknown): WireError {
  if (error instanceof WireError) return error;
  if (error instanceof StoreError) {
    const isPassing = error.kind !== 'invalid' && error.kind !== 'corrupt';
    return new WireError('DATABASE_ERROR', ofStore[error.kind], {
      cause: error,
      ...(isPassing ? { retryAfterMs: storeRetryMs } : {}),
    });
  }
  if (error instanceof LlmError)
    return llmFailure(error.kind, error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs });
  return new WireError(
    'SERVICE_ERROR',
    'Something went wrong on our side. Try again; if it stays, tell the operator.',
    { cause: error },
  );
}
