// Station: client. The one error that the client rejects with. Called by everything in src/client; read by whoever shows it.
import type { ErrorCode } from '../protocol/errors.js';

/**
 * Why something asked of the client did not happen: a code of the wire, or one of the client's own.
 * invalid: the content is empty or too long; queue_full: too many sends wait; deadline: no answer in time (a send may be stored all the same: the same
 * message id again is safe); session_changed: the client left the session before the ack; stopped: the client does not connect (any more);
 * unreachable: an HTTP request got no answer; refused: an HTTP request was refused; aborted: the caller gave up.
 */
export type ChatErrorCode =
  | ErrorCode
  | 'invalid'
  | 'queue_full'
  | 'deadline'
  | 'session_changed'
  | 'stopped'
  | 'unreachable'
  | 'refused'
  | 'aborted'
  // A newer server may have codes of its own.
  | (string & Record<never, never>);

/** An error of the client. Its message is a sentence for people and holds no token. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly code: ChatErrorCode;
  /** When the server said so: try again after this many milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;

  constructor(
    code: ChatErrorCode,
    message: string,
    options: { readonly retryAfterMs?: number | undefined; readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}
