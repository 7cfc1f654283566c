// Station: k8s/resources. Where Prometheus finds the metrics: on the operations port of every server. Called by render.
import { probePaths } from '../../protocol/probe-paths.js';
import { metaOf, portNames, selectorOf } from '../names.js';
import type { PodMonitor } from '../objects/monitoring.js';
import type { RenderSettings } from '../settings.js';

/** Pods and not the Service, which does not have the operations port. @param found labels by which Prometheus finds it */
export function podMonitor(settings: RenderSettings, found: Readonly<Record<string, string>>): PodMonitor {
  const meta = metaOf(settings, 'server');
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { ...meta, labels: { ...found, ...meta.labels } },
    spec: {
      selector: { matchLabels: selectorOf(settings, 'server') },
      podMetricsEndpoints: [
        { port: portNames.ops, path: probePaths.opsMetrics, scheme: 'http', interval: '30s', scrapeTimeout: '10s' },
      ],
    },
  };
}
