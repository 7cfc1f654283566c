// Station: ops. Metrics for Prometheus: the meter that everything calls, gauges that are read when asked, and their text. Made by main.
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import { metricNames } from '../../protocol/metric-names.js';
import type { Meter } from '../ports/telemetry.js';
import { childrenOf } from './metric-labels.js';
import { type ProcessReading, watchProcess } from './process-metrics.js';

/** A number that is read when somebody asks for the metrics. */
export interface LiveGauge {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

/** The metrics of one process, in a registry of their own. */
export interface Metrics {
  readonly meter: Meter;
  readonly contentType: string;
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>;
  /** Adds a gauge. */
  watch(gauge: LiveGauge): void;
  /** Lets go of what measures the event loop. Idempotent. */
  close(): void;
}

/** What the metrics are told. */
export interface MetricsSettings {
  /** Under whose name store operations are measured. */
  readonly storeKind: 'sqlite' | 'mongodb';
  /** What the process says of itself; main knows how to ask it. */
  readonly readProcess: () => ProcessReading;
}

const seconds = {
  http: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  store: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  model: [0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120],
  connection: [1, 10, 60, 300, 900, 3_600, 14_400, 86_400],
} as const;

/** Makes the metrics. Their names are PROTOCOL's where it has one, and begin with `chatbox_` all. */
export function createMetrics(settings: MetricsSettings): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const counterBy = <L extends string>(name: string, help: string, label: L) => {
    const metric = new Counter({ name, help, labelNames: [label], registers });
    return childrenOf((value) => metric.labels(value));
  };
  const histogramBy = <L extends string>(name: string, help: string, label: L, buckets: readonly number[]) => {
    const metric = new Histogram({ name, help, labelNames: [label], buckets: [...buckets], registers });
    return childrenOf((value) => metric.labels(value));
  };

  const sockets = new Gauge({
    name: metricNames.sockets,
    help: 'Open WebSocket connections.',
    registers,
  });
  const socketSeconds = new Histogram({
    name: 'chatbox_websocket_connection_duration_seconds',
    help: 'How long WebSocket connections lasted.',
    buckets: [...seconds.connection],
    registers,
  });
  const received = counter(metricNames.messagesReceived, 'Frames received from clients.');
  const sent = counter(metricNames.messagesSent, 'Frames sent to clients.');
  const failed = counter('chatbox_message_errors_total', 'Frames that were answered with an error.');
  const failedBy = counterBy(metricNames.errorFrames, 'Error frames by code.', 'code');
  const created = counter('chatbox_sessions_created_total', 'Sessions made.');
  const ended = counter('chatbox_sessions_ended_total', 'Sessions ended.');
  const asked = counterBy(metricNames.llmRequests, 'Questions to a model.', 'provider');
  const latency = histogramBy(
    'chatbox_llm_latency_seconds',
    'From question to end of answer.',
    'provider',
    seconds.model,
  );
  const firstChunk = histogramBy(metricNames.llmFirstChunk, 'From question to first chunk.', 'provider', seconds.model);
  const tokens = counterBy('chatbox_tokens_used_total', 'Tokens that models reported.', 'provider');
  const llmErrors = counterBy(metricNames.llmErrors, 'Questions that failed.', 'provider');
  const llmErrorKinds = counterBy('chatbox_llm_error_kinds_total', 'Questions that failed, by kind.', 'kind');
  const storeSeconds = histogramBy(metricNames.storeOperation, 'Operations of the store.', 'operation', seconds.store);
  const mongoSeconds = histogramBy(
    'chatbox_mongodb_operation_seconds',
    'Operations of MongoDB.',
    'operation',
    seconds.store,
  );
  const blocked = counterBy(metricNames.rateLimitBlocked, 'Refused by a rate limit.', 'limiter');
  const unreadable = counterBy(
    metricNames.valuesUnreadable,
    'Stored values that do not open: sealed with a key that is not here, or damaged.',
    'reason',
  );
  const resumed = counter('chatbox_resumes_total', 'Connections that went on where another had broken off.');
  const slow = counter(metricNames.slowConsumersClosed, 'Connections closed because their reader was too slow.');
  const http = new Histogram({
    name: 'chatbox_http_request_duration_seconds',
    help: 'HTTP requests, by route.',
    labelNames: ['endpoint', 'method'],
    buckets: [...seconds.http],
    registers,
  });
  const httpBy = childrenOf((key) => {
    const [method = '', endpoint = ''] = key.split(' ');
    return http.labels(endpoint, method);
  });
  const takenOver = counter('chatbox_admin_takeovers_total', 'Sessions taken over by a person.');
  const dropped = counter('chatbox_admin_messages_dropped_total', 'Messages of admins that could not be delivered.');
  const stopWatching = watchProcess(registry, settings.readProcess);
  const isMongo = settings.storeKind === 'mongodb';

  const meter = {
    socketOpened: () => sockets.inc(),
    socketClosed(lasted) {
      sockets.dec();
      socketSeconds.observe(lasted);
    },
    frameReceived: () => received.inc(),
    framesSent: (count) => sent.inc(count),
    frameFailed(code) {
      failed.inc();
      failedBy(code).inc();
    },
    sessionCreated: () => created.inc(),
    sessionEnded: () => ended.inc(),
    llmAsked: (provider) => asked(provider).inc(),
    llmAnswered(provider, took, used) {
      latency(provider).observe(took);
      tokens(provider).inc(used);
    },
    llmFailed(provider, kind) {
      llmErrors(provider).inc();
      llmErrorKinds(kind).inc();
    },
    llmFirstToken: (provider, took) => firstChunk(provider).observe(took),
    storeOperation(operation, took) {
      storeSeconds(operation).observe(took);
      if (isMongo) mongoSeconds(operation).observe(took);
    },
    valueUnreadable: (reason) => unreadable(reason).inc(),
    rateLimited: (limiter) => blocked(limiter).inc(),
    resumed: () => resumed.inc(),
    slowConsumerClosed: () => slow.inc(),
    sessionTakenOver: () => takenOver.inc(),
    adminMessageDropped: () => dropped.inc(),
    httpRequest: (endpoint, method, took) => httpBy(`${method} ${endpoint}`).observe(took),
  } satisfies Meter;

  return {
    meter,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    watch({ name, help, read }) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    close: stopWatching,
  };
}
