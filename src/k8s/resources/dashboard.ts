// Station: k8s/resources. A Grafana dashboard, as the ConfigMap that Grafana's own chart looks for. Called by render.
import { metricNames } from '../../protocol/metric-names.js';
import { metaOf, objectNames } from '../names.js';
import type { ConfigMap } from '../objects/workloads.js';
import type { RenderSettings } from '../settings.js';

/** One graph: a title, a unit of Grafana's, and what it shows with its legend. */
interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly (readonly [expr: string, legend: string])[];
}

const width = 12;
const height = 8;

/** The dashboard. */
export function dashboard(settings: RenderSettings): ConfigMap {
  const meta = metaOf(settings, 'server', objectNames.dashboard(settings));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...meta, labels: { ...meta.labels, grafana_dashboard: '1' } },
    data: { [`${settings.name}.json`]: `${JSON.stringify(board(settings), null, 2)}\n` },
  };
}

function panels({ name, namespace }: RenderSettings): readonly Panel[] {
  const of = (metric: string) => `${metric}{namespace="${namespace}", pod=~"${name}-.*"}`;
  const rate = (metric: string) => `rate(${of(metric)}[$__rate_interval])`;
  const p95 = (metric: string, by: string) =>
    `histogram_quantile(0.95, sum by (le, ${by}) (${rate(`${metric}_bucket`)}))`;
  return [
    { title: 'Open sockets', unit: 'short', series: [[of(metricNames.sockets), '{{pod}}']] },
    {
      title: 'Frames a second',
      unit: 'ops',
      series: [
        [`sum(${rate(metricNames.messagesReceived)})`, 'in'],
        [`sum(${rate(metricNames.messagesSent)})`, 'out'],
      ],
    },
    {
      title: 'Sessions and answers',
      unit: 'short',
      series: [
        [`sum(${of(metricNames.activeSessions)})`, 'live sessions'],
        [`sum(${of(metricNames.answersInFlight)})`, 'answers being written'],
      ],
    },
    {
      title: 'Questions to models',
      unit: 'ops',
      series: [
        [`sum by (provider) (${rate(metricNames.llmRequests)})`, '{{provider}}'],
        [`sum by (provider) (${rate(metricNames.llmErrors)})`, '{{provider}} failed'],
      ],
    },
    { title: 'First chunk, 95 %', unit: 's', series: [[p95(metricNames.llmFirstChunk, 'provider'), '{{provider}}']] },
    { title: 'Store, 95 %', unit: 's', series: [[p95(metricNames.storeOperation, 'operation'), '{{operation}}']] },
    {
      title: 'Errors and refusals',
      unit: 'ops',
      series: [
        [`sum by (code) (${rate(metricNames.errorFrames)})`, '{{code}}'],
        [`sum by (limiter) (${rate(metricNames.rateLimitBlocked)})`, 'limit: {{limiter}}'],
        [`sum(${rate(metricNames.slowConsumersClosed)})`, 'slow readers'],
      ],
    },
    { title: 'Event loop lag', unit: 's', series: [[of(metricNames.eventLoopLag), '{{pod}} {{quantile}}']] },
    { title: 'Memory', unit: 'bytes', series: [[of(metricNames.residentMemory), '{{pod}}']] },
    { title: 'Processor', unit: 'percentunit', series: [[rate(metricNames.processCpu), '{{pod}}']] },
  ];
}

function board(settings: RenderSettings) {
  const datasource = { type: 'prometheus', uid: '$' + '{datasource}' };
  return {
    title: `chatbox: ${settings.name}`,
    uid: `chatbox-${settings.name}`.slice(0, 40),
    tags: ['chatbox'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
    panels: panels(settings).map(({ title, unit, series }, index) => ({
      id: index + 1,
      title,
      type: 'timeseries',
      datasource,
      gridPos: { x: (index % 2) * width, y: Math.floor(index / 2) * height, w: width, h: height },
      fieldConfig: { defaults: { unit }, overrides: [] },
      targets: series.map(([expr, legendFormat], at) => ({
        refId: String.fromCharCode(65 + at),
        datasource,
        expr,
        legendFormat,
      })),
    })),
  };
}
