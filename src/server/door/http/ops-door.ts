// Station: door/http. The door for operators, on a port of its own that is not for the public: metrics and probes, without a prefix or a limit
// (finding R6). Called by app.
import type { FastifyInstance } from 'fastify';
import { probePaths } from '../../../protocol/probe-paths.js';
import { replyWithError } from './error-reply.js';
import { createFastify } from './http-door.js';
import { HttpError } from './http-error.js';
import { registerRoutes } from './register-routes.js';
import { observeRequests } from './request-log.js';
import { probeHandlers } from './routes/probe-handlers.js';
import type { HttpDoorDeps, HttpTimeouts } from './settings.js';

/** Nobody sends a body here. */
const bodyLimitBytes = 1_024;

/** Makes the door for operators, not yet listening: `/metrics/prometheus` (also as `/metrics`), `/healthz`, `/readyz`. */
export function createOpsDoor(
  timeouts: HttpTimeouts,
  deps: Pick<HttpDoorDeps, 'readiness' | 'metrics' | 'clock' | 'log' | 'meter'>,
): FastifyInstance {
  const app = createFastify(timeouts, bodyLimitBytes, deps.clock);
  observeRequests(app, '', deps);
  app.setNotFoundHandler((_request, reply) =>
    replyWithError(
      reply,
      new HttpError(404, 'NOT_FOUND', 'There is no such route; this port has /metrics, /healthz and /readyz.'),
    ),
  );
  registerRoutes(app, '', probeHandlers(deps), { admit: async () => null });
  app.get(probePaths.opsMetrics, async (_request, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.text()),
  );
  return app;
}
