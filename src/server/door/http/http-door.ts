// Station: door/http. The HTTP door: one Fastify instance with every route of the contract, not yet listening. Called by app, which hangs the door for
// sockets onto the same server.
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Clock } from '../../../common/clock.js';
import { limits } from '../../../protocol/limits.js';
import { createAdmission } from './admission.js';
import { refuseConnection, replyWithError } from './error-reply.js';
import { HttpError, toHttpError } from './http-error.js';
import { methodsOf } from './known-paths.js';
import { registerRoutes } from './register-routes.js';
import { observeRequests } from './request-log.js';
import { adminHandlers } from './routes/admin-handlers.js';
import { contractHandlers, probeHandlers } from './routes/probe-handlers.js';
import { userHandlers } from './routes/user-handlers.js';
import type { HttpDoorDeps, HttpDoorSettings, HttpTimeouts } from './settings.js';

/** What a handler may take beyond the time that its request may take to arrive. */
const handlingMs = 15_000;
/** What requests that are under way get once the door closes; an export may go on for much longer. */
const closeGraceMs = 2_000;

/** Answers are data, never a page. Whether browsers must use HTTPS, also for neighbours on that host, is for whoever ends TLS to say. */
const headers: FastifyHelmetOptions = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
};

/** Makes the HTTP door. Whoever listens on it also closes it. */
export async function createHttpDoor(settings: HttpDoorSettings, deps: HttpDoorDeps): Promise<FastifyInstance> {
  const { pathPrefix } = settings;
  const app = createFastify(settings, settings.bodyLimitBytes, deps.clock);
  observeRequests(app, pathPrefix, deps);
  await app.register(helmet, headers);
  if (settings.corsOrigins.length > 0) await allowOrigins(app, settings.corsOrigins);
  app.setNotFoundHandler((request, reply) => replyWithError(reply, noRoute(request, pathPrefix)));
  const handlers = {
    ...userHandlers(deps),
    ...adminHandlers(deps),
    ...probeHandlers(deps),
    ...contractHandlers(settings, deps),
  };
  registerRoutes(app, pathPrefix, handlers, createAdmission(settings, deps));
  return app;
}

/** A Fastify instance with our time-outs, our bodies and our errors, without a route. */
export function createFastify(timeouts: HttpTimeouts, bodyLimit: number, clock: Clock): FastifyInstance {
  const app = Fastify({
    logger: false,
    // Its own refusal while it closes has another form than ours; the app stops sending traffic here before it closes.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    bodyLimit,
    requestTimeout: timeouts.requestTimeoutMs,
    handlerTimeout: timeouts.requestTimeoutMs + handlingMs,
    keepAliveTimeout: timeouts.keepAliveTimeoutMs,
    connectionTimeout: timeouts.stallTimeoutMs,
    http: {
      headersTimeout: Math.min(timeouts.headersTimeoutMs, timeouts.requestTimeoutMs),
      // Node looks at the two above only this often; untold it is every 30 s.
      connectionsCheckingInterval: Math.ceil(Math.min(1_000, timeouts.headersTimeoutMs / 4)),
    },
    // Our schemas check what comes and nothing rewrites what goes, so Fastify need not load the compilers that would (a fifth of a start).
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    // The schemas count characters; percent-encoded, each may be twelve of these.
    routerOptions: { maxParamLength: limits.userId * 12 },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, _request, reply) => void replyWithError(reply, toHttpError(error)),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: FastifyRequest, bytes: Buffer) => bytes);
  app.setErrorHandler((error, _request, reply) => replyWithError(reply, toHttpError(error)));
  app.addHook('onRequest', async (_request, reply) => void reply.header('Cache-Control', 'no-store'));
  app.addHook('preClose', async () => {
    const timer = clock.after(closeGraceMs, () => app.server.closeAllConnections());
    app.server.once('close', () => timer.cancel());
  });
  return app;
}

function noSchemas(): never {
  throw new Error('A route gave Fastify a schema; what a route takes and gives stands in its contract.');
}

async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  const { default: cors } = await import('@fastify/cors');
  await app.register(cors, {
    // An array would keep only Allow-Origin from strangers and give them the rest.
    origin: async (origin: string | undefined) => origin !== undefined && origins.includes(origin) && origin,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    allowedHeaders: ['Origin', 'Content-Type', 'Accept', 'Authorization'],
    credentials: true,
    // What is no preflight gets our own 404 or 405, not a line of text.
    strictPreflight: false,
  });
}

function noRoute(request: FastifyRequest, pathPrefix: string): HttpError {
  const path = request.url.split('?', 1)[0] ?? '';
  const methods = path.startsWith(`${pathPrefix}/`) ? methodsOf(path.slice(pathPrefix.length)) : [];
  if (methods.length === 0) {
    return new HttpError(
      404,
      'NOT_FOUND',
      `There is no such route; ${pathPrefix}/openapi.json lists those that there are.`,
    );
  }
  const allow = methods.join(', ');
  return new HttpError(405, 'METHOD_NOT_ALLOWED', `This route takes ${allow}.`, { headers: { Allow: allow } });
}
