// Station: door/http. One log line and one timing for each request: the route's pattern, never the URL (findings R7, R8). Called by the HTTP doors.
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log, Meter } from '../../ports/telemetry.js';
import { toHttpError } from './http-error.js';

/** Methods that metrics tell apart; a client may make up others. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Has `app` log and measure its requests. Names of routes are their patterns below `pathPrefix`, or `unmatched`. */
export function observeRequests(
  app: FastifyInstance,
  pathPrefix: string,
  { log, meter }: { readonly log: Log; readonly meter: Meter },
): void {
  const routeOf = (request: FastifyRequest): string =>
    request.routeOptions.url?.slice(pathPrefix.length) ?? 'unmatched';

  app.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request);
    const method = knownMethods.has(request.method) ? request.method : 'OTHER';
    meter.httpRequest(route, method, reply.elapsedTime / 1000);
    log.debug('http_request', { route, method, status: reply.statusCode, elapsedMs: Math.round(reply.elapsedTime) });
  });

  app.addHook('onError', async (request, _reply, error) => {
    const { status } = toHttpError(error);
    const facts = { route: routeOf(request), method: request.method, status };
    if (status === 503) log.warn('http_request_refused', facts, error);
    else if (status >= 500) log.error('http_request_failed', facts, error);
  });

  // Once an answer is on its way, what goes wrong with it no longer passes the error handler.
  app.addHook('onSend', async (request, _reply, payload) => {
    if (!(payload instanceof Readable)) return;
    payload.once('error', (error: Error) => log.error('http_answer_broke_off', { route: routeOf(request) }, error));
  });
}
