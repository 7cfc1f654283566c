// Station: door/http. Writes a refusal: the only place in the HTTP door that makes an error body (finding M10). Called by the door's error handlers.
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import {
  type HttpErrorBody,
  httpErrorBody,
  type RateLimitBody,
  rateLimitBody,
  retryAfterSeconds,
} from '../../../protocol/http-errors.js';
import { HttpError } from './http-error.js';

/** Answers with a refusal. */
export function replyWithError(reply: FastifyReply, error: HttpError): FastifyReply {
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) reply.header('Retry-After', retryAfterSeconds(retryAfterMs));
  return reply.code(error.status).headers(error.headers).type('application/json; charset=utf-8').send(bodyOf(error));
}

function bodyOf(error: HttpError): HttpErrorBody | RateLimitBody {
  return error.status === 429
    ? rateLimitBody(error.message, error.retryAfterMs ?? 0)
    : httpErrorBody(error.code, error.message);
}

/** Answers what never became a request: bytes that are no HTTP, headers that are too long or too late. Then hangs up. */
export function refuseConnection(error: { readonly code?: string }, socket: Socket): void {
  // Reset or half gone: nobody reads an answer.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, message } = refusalOf(error.code);
  const body = JSON.stringify(httpErrorBody(code, message));
  const head = [
    `HTTP/1.1 ${status} ${reasonOf(status)}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroySoon());
}

function refusalOf(code: string | undefined): HttpError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new HttpError(408, 'REQUEST_TIMEOUT', 'The request did not arrive in time; send it in one go.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new HttpError(431, 'HEADERS_TOO_LARGE', 'The request headers are too large; they may have 16 KiB.');
  }
  return new HttpError(400, 'BAD_REQUEST', 'What was sent is not HTTP.');
}

function reasonOf(status: number): string {
  if (status === 408) return 'Request Timeout';
  return status === 431 ? 'Request Header Fields Too Large' : 'Bad Request';
}
