// Station: door/http/routes. What the routes for machines do. Called by the HTTP door.
import type { OpenApiDocument } from '../../../../protocol/openapi.js';
import { Answer, type Handlers } from '../handler.js';
import { timeText } from '../session-view.js';
import type { HttpDoorDeps, HttpDoorSettings } from '../settings.js';

/** Handlers of the probes and of the metrics: of both doors. */
export function probeHandlers(
  deps: Pick<HttpDoorDeps, 'clock' | 'readiness' | 'metrics'>,
): Handlers<'readHealth' | 'readReadiness' | 'readPrometheus'> {
  return {
    readHealth: () => ({ status: 'healthy', timestamp: timeText(deps.clock.now()) }),
    async readReadiness() {
      const report = await deps.readiness.report();
      return new Answer(report, { status: report.status === 'ready' ? 200 : 503 });
    },
    async readPrometheus() {
      return new Answer(await deps.metrics.text(), { headers: { 'Content-Type': deps.metrics.contentType } });
    },
  };
}

/** Handlers of what a client asks before it talks: of the public door alone. */
export function contractHandlers(
  settings: Pick<HttpDoorSettings, 'version' | 'pathPrefix'>,
  { refuseUpgrade }: Pick<HttpDoorDeps, 'refuseUpgrade'>,
): Handlers<'readContract' | 'upgradeSocket'> {
  let contract: OpenApiDocument | undefined;
  return {
    async readContract() {
      // Loaded and made when first asked for: a start has better use for the time.
      const { openApiDocument } = await import('../../../../protocol/openapi.js');
      contract ??= openApiDocument(settings);
      return contract;
    },
    async upgradeSocket({ request }) {
      const { status, headers, body } = await refuseUpgrade(request);
      return new Answer(body, { status, headers });
    },
  };
}
