// Station: door/http. Puts the table of routes onto Fastify: admit, check each part, handle, answer. Called by the HTTP door.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkPart } from '../../../protocol/check-part.js';
import { httpRoutes, type RouteName } from '../../../protocol/http.js';
import type { RouteContract } from '../../../protocol/http-route.js';
import type { Admission } from './admission.js';
import { Answer, type Call, type Handlers } from './handler.js';
import { badRequest } from './http-error.js';
import { readJsonBody } from './request-body.js';

/** An export may take as long as its reader reads, but not for ever. */
const streamingMs = 3_600_000;

const callerKey = 'chatboxCaller';
const contentTypeKey = 'chatboxContentType';

/** Registers the handlers of `names` below `pathPrefix`. */
export function registerRoutes<Name extends RouteName>(
  app: FastifyInstance,
  pathPrefix: string,
  handlers: Handlers<Name>,
  admission: Admission,
): void {
  app.decorateRequest(callerKey, null);
  app.decorateRequest(contentTypeKey, undefined);
  const register = <N extends Name>(name: N): void => {
    const route: (typeof httpRoutes)[N] & RouteContract = httpRoutes[name];
    const handle = handlers[name];
    app.route({
      method: route.method,
      url: `${pathPrefix}${route.path}`,
      exposeHeadRoute: route.who === 'probe',
      ...(route.media === undefined ? {} : { handlerTimeout: streamingMs }),
      onRequest: async (request) => {
        request.setDecorator(callerKey, await admission.admit(request.raw, route.who));
        // A request without a body may come with any Content-Type, also with one that Fastify would refuse; it is looked at where a body is read.
        request.setDecorator(contentTypeKey, request.headers['content-type']);
        delete request.raw.headers['content-type'];
      },
      handler: async (request, reply) => {
        // What the schemas of this very route let through is what its handler takes; the compiler can't follow that through the table.
        const call = readCall(route, request) as Call<(typeof httpRoutes)[N]>;
        return send(reply, route.status, await handle(call));
      },
    });
  };
  for (const name of Object.keys(handlers) as Name[]) register(name);
}

function readCall(
  route: RouteContract,
  request: FastifyRequest,
): { readonly [K in keyof Call<RouteContract>]: unknown } {
  const body = route.body === undefined ? undefined : readJsonBody(request.body, request.getDecorator(contentTypeKey));
  return {
    params: readPart(route.params, request.params),
    // Why an upgrade is refused is the socket door's to say, whatever stands in its query.
    query: route.who === 'socket' ? undefined : readPart(route.query, request.query),
    body: readPart(route.body, body),
    user: request.getDecorator(callerKey),
    request: request.raw,
  };
}

function readPart(schema: RouteContract['query' | 'body' | 'params'], part: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = checkPart(schema, part);
  if (!result.ok) throw badRequest(result.problem);
  return result.value;
}

function send(reply: FastifyReply, status: number, answer: unknown): FastifyReply {
  if (!(answer instanceof Answer)) return reply.code(status).send(answer);
  return reply
    .code(answer.status ?? status)
    .headers(answer.headers)
    .send(answer.body);
}
