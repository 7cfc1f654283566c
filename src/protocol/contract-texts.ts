// Station: protocol. One sentence for each frame and code, for the page of the contract. A new frame or code does not compile before it has its sentence.
import type { closeCodes } from './close-codes.js';
import type { ErrorCode } from './errors.js';
import type { HttpErrorCode } from './http-errors.js';
import type { InboundType } from './inbound.js';
import type { OutboundType } from './outbound.js';

/** What each frame from a client asks for. */
export const inboundTexts: Readonly<Record<InboundType, string>> = {
  user_message:
    'What the user says; the model answers it. From the socket of an admin that holds the session, what the admin says.',
  file_upload: 'A file that the user shares.',
  voice_message: 'A recording that the user shares.',
  model_select: 'Changes the model; as the first frame it makes the session.',
  help_request: 'Asks for a person; as the first frame it makes the session.',
  cancel: 'Stops the answer being written; what was written is kept, marked `interrupted`.',
  retry: 'Asks the model again for the last message that it has not answered.',
  typing_indicator: 'Tells the other side that someone types. Never stored, throttled.',
  resume:
    'Asks for everything after `last_seq`, in order, and then what is new. At most 500 entries, then `metadata.truncated`.',
  token_refresh: 'A new token of the same user; the old expiry is forgotten.',
  ping: 'Answered with `pong`, for clients that cannot see the pings of the protocol.',
  admin_join:
    'An admin takes the session; `metadata.force="true"` also from another admin. Answered with `connection_status` (`joined`), the running answer as far as it came, and `admin_join`. One who holds it already just joins: nobody else is told again.',
  admin_leave:
    'An admin gives the session back; `content` is a private note to the model. From one who only watches, the end of watching. Answered with `connection_status` (`left`).',
  admin_message:
    'What the admin that holds the session says. Always answered with `message_ack`. Without `session_id`, in the session that this socket joined last.',
  admin_watch: 'An admin reads along unseen. Answered with `connection_status` (`watching`).',
  admin_whisper:
    'A hidden instruction to the model, bound to the present place in the log, from an admin who has joined or watches. Answered with a `message_ack` without `seq`, whose `metadata.bound_to` names that place.',
};

/** What each frame from the server tells. */
export const outboundTexts: Readonly<Record<OutboundType, string>> = {
  connection_status:
    'The first frame, with session, user and models; later a change of the session or of the connection, as `metadata.status` says: `admin_away` and `admin_back` tell that the connection to the person who holds the session was lost, and is there again.',
  user_message:
    'Someone spoke; `sender` says who, and of an admin `metadata.admin_name` their name. Never sent to the socket that sent it.',
  message_ack:
    'Your message with this `message_id` is stored durably as `seq`. The same id again gets the same answer. Without `seq` it is the ack of a whisper.',
  loading: 'The model was asked.',
  ai_response:
    'A piece of an answer, from `index` on; the last has `metadata.done="true"`, and `seq` where it was stored.',
  file_upload: 'A file was shared.',
  voice_message: 'A recording was shared.',
  typing_indicator: 'The other side types.',
  admin_join:
    'A person took the conversation: `metadata.admin_id`, `admin_name`, and `forced="true"` where it was taken from another one. Without `seq` to an admin’s socket that joins again.',
  admin_leave:
    'The person left; or, with `metadata.reason="connection_lost"`, the connection to them was lost for too long. The model answers again.',
  pong: 'The answer to `ping`.',
  notification:
    'Something that people should know, such as that the limit of connections is reached. To every admin, `metadata.code="HELP_REQUESTED"` with `session_id`, `user_id` and `queue_place`: a user asks for a person.',
  error: 'Exactly one for each frame that failed. One that is not recoverable is followed by a close.',
};

/** When each error code is sent. */
export const errorTexts: Readonly<Record<ErrorCode, string>> = {
  INVALID_TOKEN: 'The token is not valid.',
  EXPIRED_TOKEN: 'The token has expired.',
  INSUFFICIENT_PERMISSIONS: 'That is for admins.',
  UNAUTHORIZED: 'The session is someone else’s.',
  INVALID_FORMAT: 'The frame is no JSON, of an unknown type, or a field does not fit.',
  MISSING_FIELD: 'A field that must be there is not, or is empty.',
  INVALID_FILE_TYPE: 'The file is of a type that is not taken.',
  INVALID_FILE_SIZE: 'The file is too large.',
  NOT_FOUND: 'There is no such thing.',
  LLM_UNAVAILABLE: 'The model cannot be asked; `retry` may help later.',
  LLM_TIMEOUT: 'The model did not answer in time.',
  DATABASE_ERROR: 'The store cannot be used; nothing was stored, or it is not known.',
  STORAGE_ERROR: 'The file store cannot be used.',
  SERVICE_ERROR: 'Something went wrong on the server.',
  TOO_MANY_REQUESTS: 'Too many frames; come back after `retry_after`.',
  CONNECTION_LIMIT_EXCEEDED: 'Too many connections.',
  SESSION_HELD: 'Another admin holds the session; `metadata` says who (`admin_id`, `admin_name`) and `since` when.',
  SESSION_ENDED: 'The session has ended.',
  TURN_INTERRUPTED: 'The answer broke off; what was written is kept.',
  SLOW_CONSUMER: 'This socket reads too slowly; it is closed and may resume.',
};

/** When a socket is closed with each code. */
export const closeTexts: Readonly<Record<keyof typeof closeCodes, string>> = {
  normal: 'Done.',
  goingAway: 'The server or the page goes away.',
  protocolError: 'Not the WebSocket protocol.',
  policy: 'Against the rules of this server.',
  tooBig: 'A frame of more than 1 MiB.',
  internal: 'Something went wrong on the server.',
  restarting: 'The server restarts.',
  overloaded: 'The server is overloaded.',
  tokenExpired: 'The token expired.',
  slowConsumer: 'More than 1 MiB waited for this reader; resume from the last `seq`.',
  forbidden: 'Not allowed, and that will not change.',
};

/** When each HTTP error code is answered. */
export const httpErrorTexts: Readonly<Record<HttpErrorCode, readonly [status: number, text: string]>> = {
  UNAUTHORIZED: [401, 'No token.'],
  INVALID_TOKEN: [401, 'The token is not valid.'],
  EXPIRED_TOKEN: [401, 'The token has expired.'],
  FORBIDDEN: [403, 'Not allowed with this token, from this origin or from this network.'],
  BAD_REQUEST: [400, 'Something in the request does not fit; the sentence names it.'],
  NOT_FOUND: [404, 'No such route or thing, or it is someone else’s.'],
  METHOD_NOT_ALLOWED: [405, 'The route is there, the method is not; `Allow` lists those that are.'],
  REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  CONFLICT: [409, 'Not possible in the present state.'],
  PAYLOAD_TOO_LARGE: [413, 'The body is too large.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The body is not JSON.'],
  HEADERS_TOO_LARGE: [431, 'The headers are too large.'],
  INTERNAL_ERROR: [500, 'Something went wrong on the server; it was logged.'],
  SERVICE_UNAVAILABLE: [503, 'Not possible at the moment; come back after `Retry-After`.'],
};
