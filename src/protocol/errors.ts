// Station: protocol. Errors that cross the wire. Called by the core (throws them) and by the one place that makes frames of them.

/** Codes of an `error` frame (PROTOCOL.md; the last four are ours). */
export const errorCodes = [
  'INVALID_TOKEN',
  'EXPIRED_TOKEN',
  'INSUFFICIENT_PERMISSIONS',
  'UNAUTHORIZED',
  'INVALID_FORMAT',
  'MISSING_FIELD',
  'INVALID_FILE_TYPE',
  'INVALID_FILE_SIZE',
  'NOT_FOUND',
  'LLM_UNAVAILABLE',
  'LLM_TIMEOUT',
  'DATABASE_ERROR',
  'STORAGE_ERROR',
  'SERVICE_ERROR',
  'TOO_MANY_REQUESTS',
  'CONNECTION_LIMIT_EXCEEDED',
  'SESSION_HELD',
  'SESSION_ENDED',
  'TURN_INTERRUPTED',
  'SLOW_CONSUMER',
] as const;

/** A code of an `error` frame. */
export type ErrorCode = (typeof errorCodes)[number];

/** What a wire error may carry beside its code and sentence. */
export interface WireErrorOptions {
  /** False closes the socket after the frame. Default true. */
  readonly recoverable?: boolean;
  readonly retryAfterMs?: number;
  readonly turnId?: string;
  /** The send that failed, by the id that the client gave it. */
  readonly messageId?: string;
  /** What a program wants to know beside the sentence, such as who holds the session. */
  readonly details?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An error meant for the client: its message is shown to people, so it holds no upstream text, key, token or message text. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: ErrorCode;
  readonly recoverable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly turnId: string | undefined;
  readonly messageId: string | undefined;
  readonly details: Readonly<Record<string, string>> | undefined;

  constructor(code: ErrorCode, message: string, options: WireErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.recoverable = options.recoverable ?? true;
    this.retryAfterMs = options.retryAfterMs;
    this.turnId = options.turnId;
    this.messageId = options.messageId;
    this.details = options.details;
  }
}
