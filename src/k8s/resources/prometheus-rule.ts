// Station: k8s/resources. What to be woken for. The names are those under which the server counts. Called by render.
import { metricNames } from '../../protocol/metric-names.js';
import { metaOf } from '../names.js';
import type { Alert, PrometheusRule } from '../objects/monitoring.js';
import type { RenderSettings } from '../settings.js';

/** Alerts on what docs/operations.md says to watch. @param found labels by which Prometheus finds it */
export function prometheusRule(settings: RenderSettings, found: Readonly<Record<string, string>>): PrometheusRule {
  const meta = metaOf(settings, 'server');
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { ...meta, labels: { ...found, ...meta.labels } },
    spec: { groups: [{ name: settings.name, rules: alerts(settings) }] },
  };
}

type Severity = 'critical' | 'warning';

function alerts({ name, namespace, memoryMiB }: RenderSettings): readonly Alert[] {
  const at = (...more: readonly string[]) =>
    `{${[`namespace="${namespace}"`, `pod=~"${name}-.*"`, ...more].join(', ')}}`;
  const alert = (
    title: string,
    severity: Severity,
    [expr, wait]: readonly [string, string],
    summary: string,
    description: string,
  ): Alert => ({ alert: title, expr, for: wait, labels: { severity }, annotations: { summary, description } });
  const errors = `sum by (provider) (rate(${metricNames.llmErrors}${at()}[5m]))`;
  const requests = `sum by (provider) (rate(${metricNames.llmRequests}${at()}[5m]))`;
  return [
    alert(
      'ChatboxDown',
      'critical',
      [`absent(${metricNames.sockets}${at()})`, '5m'],
      'No chatbox server reports',
      'Prometheus hears of no server of this deployment: none runs, or none is asked.',
    ),
    alert(
      'ChatboxModelFails',
      'critical',
      [`${errors} > 0.1 * ${requests}`, '5m'],
      'Users get no answers from {{ $labels.provider }}',
      'More than a tenth of the questions to this provider fail. The log says how: model_call_failed.',
    ),
    alert(
      'ChatboxStoreAway',
      'critical',
      [`sum(rate(${metricNames.errorFrames}${at('code="DATABASE_ERROR"')}[5m])) > 0`, '2m'],
      'Users are told that nothing can be stored',
      'The store is away or full. Sessions go on by themselves when it is back.',
    ),
    alert(
      'ChatboxValuesUnreadable',
      'critical',
      [`sum by (reason) (increase(${metricNames.valuesUnreadable}${at()}[15m])) > 0`, '1m'],
      'Stored values do not open',
      'They are sealed with a key that is not in ENCRYPTION_KEYS, or damaged.',
    ),
    alert(
      'ChatboxBusy',
      'warning',
      [`max by (pod) (${metricNames.eventLoopLag}${at('quantile="0.99"')}) > 0.2`, '5m'],
      'The event loop of {{ $labels.pod }} is late',
      'The process has more to do than one core does: raise the replicas.',
    ),
    alert(
      'ChatboxMemory',
      'warning',
      [`max by (pod) (${metricNames.residentMemory}${at()}) > ${Math.floor(memoryMiB * 1_048_576 * 0.9)}`, '10m'],
      '{{ $labels.pod }} is close to its memory limit',
      'Nine tenths of the limit are in use: raise --memory, or the replicas.',
    ),
  ];
}
