// Station: k8s/rules. Probes that knock where nobody opens. Listed in index.
import { at } from '../json.js';
import { containersIn, portsOf } from '../pod.js';
import type { Rule } from '../rule.js';

/** Probes ask a port that the container declares. */
export const probePort: Rule = {
  id: 'probe-port',
  title: 'Probes ask a port that the container declares',
  why: 'a probe of another port fails for ever, and the pod is restarted for ever',
  fix: 'name a port of the container in the probe',
  severity: 'error',
  equivalents: {
    'kube-linter': ['liveness-port', 'readiness-port', 'startup-port'],
  },
  check: (object) =>
    containersIn(object).flatMap((container) =>
      (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((probe) =>
        (['httpGet', 'tcpSocket', 'grpc'] as const).flatMap((way) => {
          const port = at(container.spec, probe, way, 'port');
          if (port === undefined || portsOf(container).has(String(port))) return [];
          const message = `container ${container.name}: ${probe} asks port ${String(port)}, which it does not declare`;
          return [{ path: [...container.path, probe, way, 'port'], message }];
        }),
      ),
    ),
};
