// Station: protocol. The one place that turns an error into a frame (finding M10). Called by dispatch, and by the core for turns that failed later.
import type { WireError } from './errors.js';
import type { OutboundFrame } from './outbound.js';

/** The `error` frame of a wire error. `sessionId` is the session that the socket talks in, where it talks in one. */
export function errorFrame(error: WireError, timestamp: string, sessionId?: string): OutboundFrame {
  return {
    type: 'error',
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    timestamp,
    sender: 'system',
    ...(error.turnId === undefined ? {} : { turn_id: error.turnId }),
    ...(error.messageId === undefined ? {} : { message_id: error.messageId }),
    ...(error.details === undefined ? {} : { metadata: { ...error.details } }),
    error: {
      code: error.code,
      message: error.message,
      recoverable: error.recoverable,
      ...(error.retryAfterMs === undefined ? {} : { retry_after: Math.max(0, Math.round(error.retryAfterMs)) }),
    },
  };
}
