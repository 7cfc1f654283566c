// Station: test. The metrics: every name of the contract, what each call counts, and that labels cannot grow for ever.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../../src/server/ops/metrics.js';
import { eventually } from '../../helpers/poll.js';

const reading = { residentBytes: 111, heapUsedBytes: 22, cpuSeconds: 3.5, startedAtSeconds: 44 };
let metrics: Metrics;
beforeEach(() => {
  metrics = createMetrics({ storeKind: 'mongodb', readProcess: () => reading });
});
afterEach(() => metrics.close());

/** The value of a series, written as Prometheus does. */
async function value(series: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((found) => found.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe('the metrics', () => {
  it.each([
    ['chatbox_websocket_connections_total', 'gauge'],
    ['chatbox_messages_received_total', 'counter'],
    ['chatbox_messages_sent_total', 'counter'],
    ['chatbox_llm_requests_total', 'counter'],
    ['chatbox_llm_latency_seconds', 'histogram'],
    ['chatbox_llm_errors_total', 'counter'],
    ['chatbox_sessions_created_total', 'counter'],
    ['chatbox_sessions_ended_total', 'counter'],
    ['chatbox_admin_takeovers_total', 'counter'],
    ['chatbox_message_errors_total', 'counter'],
    ['chatbox_tokens_used_total', 'counter'],
    ['chatbox_mongodb_operation_seconds', 'histogram'],
    ['chatbox_ratelimit_blocked_total', 'counter'],
    ['chatbox_websocket_connection_duration_seconds', 'histogram'],
    ['chatbox_http_request_duration_seconds', 'histogram'],
    ['chatbox_admin_messages_dropped_total', 'counter'],
    ['chatbox_llm_first_chunk_seconds', 'histogram'],
    ['chatbox_resumes_total', 'counter'],
    ['chatbox_event_loop_lag_seconds', 'gauge'],
  ])('have %s, a %s', async (name, type) => {
    expect(await metrics.text()).toContain(`# TYPE ${name} ${type}\n`);
  });

  it('count what the meter is told', async () => {
    const { meter } = metrics;
    meter.socketOpened();
    meter.socketOpened();
    meter.socketClosed(12);
    meter.frameReceived();
    meter.framesSent(5);
    meter.frameFailed('NOT_FOUND');
    meter.sessionCreated();
    meter.sessionEnded();
    meter.llmAsked('openai');
    meter.llmFirstToken('openai', 0.2);
    meter.llmAnswered('openai', 1.5, 42);
    meter.llmFailed('openai', 'idle');
    meter.storeOperation('append', 0.002);
    meter.rateLimited('admin');
    meter.resumed();
    meter.slowConsumerClosed();
    meter.httpRequest('/sessions/:id', 'GET', 0.01);
    const expected: Record<string, number> = {
      chatbox_websocket_connections_total: 1,
      chatbox_websocket_connection_duration_seconds_sum: 12,
      chatbox_messages_received_total: 1,
      chatbox_messages_sent_total: 5,
      chatbox_message_errors_total: 1,
      'chatbox_error_frames_total{code="NOT_FOUND"}': 1,
      chatbox_sessions_created_total: 1,
      chatbox_sessions_ended_total: 1,
      'chatbox_llm_requests_total{provider="openai"}': 1,
      'chatbox_llm_first_chunk_seconds_sum{provider="openai"}': 0.2,
      'chatbox_llm_latency_seconds_sum{provider="openai"}': 1.5,
      'chatbox_tokens_used_total{provider="openai"}': 42,
      'chatbox_llm_errors_total{provider="openai"}': 1,
      'chatbox_llm_error_kinds_total{kind="idle"}': 1,
      'chatbox_store_operation_seconds_count{operation="append"}': 1,
      'chatbox_mongodb_operation_seconds_count{operation="append"}': 1,
      'chatbox_ratelimit_blocked_total{limiter="admin"}': 1,
      chatbox_resumes_total: 1,
      chatbox_slow_consumers_closed_total: 1,
      'chatbox_http_request_duration_seconds_count{endpoint="/sessions/:id",method="GET"}': 1,
      process_resident_memory_bytes: 111,
      nodejs_heap_size_used_bytes: 22,
      process_cpu_seconds_total: 3.5,
      process_start_time_seconds: 44,
    };
    for (const [series, count] of Object.entries(expected)) expect(await value(series), series).toBe(count);
  });

  it('do not call the operations of another store MongoDB', async () => {
    metrics.close();
    metrics = createMetrics({ storeKind: 'sqlite', readProcess: () => reading });
    metrics.meter.storeOperation('append', 0.002);
    expect(await value('chatbox_store_operation_seconds_count{operation="append"}')).toBe(1);
    expect(await value('chatbox_mongodb_operation_seconds_count{operation="append"}')).toBeUndefined();
  });

  it('read a watched gauge when they are asked for', async () => {
    let open = 3;
    metrics.watch({ name: 'chatbox_active_sessions_total', help: 'Active sessions.', read: () => open });
    expect(await value('chatbox_active_sessions_total')).toBe(3);
    open = 4;
    expect(await value('chatbox_active_sessions_total')).toBe(4);
  });

  it('keep at most a hundred values of a label apart', async () => {
    for (let at = 0; at < 1_000; at += 1) metrics.meter.frameFailed(`MADE_UP_${at}`);
    const series = (await metrics.text()).match(/^chatbox_error_frames_total\{.*$/gm) ?? [];
    expect(series.length).toBeLessThanOrEqual(101);
    expect(await value('chatbox_error_frames_total{code="other"}')).toBe(900);
  });

  it('say how late the event loop was, and nothing absurd where nothing was', async () => {
    const worst = () => value('chatbox_event_loop_lag_seconds{quantile="1"}');
    expect(await worst()).toBeLessThan(10);
    // What measures is a timer of the loop itself: it must have ticked before it can be late, and come round before there is anything to read.
    await eventually(
      async () => {
        const blockUntil = performance.now() + 150;
        while (performance.now() < blockUntil);
        let rounds = 0;
        await eventually(() => ++rounds > 10);
        return ((await worst()) ?? 0) > 0.1;
      },
      { timeoutMs: 20_000 },
    );
  }, 30_000);

  it('of two servers in one process do not know each other', async () => {
    const other = createMetrics({ storeKind: 'sqlite', readProcess: () => reading });
    other.meter.sessionCreated();
    other.close();
    expect(await value('chatbox_sessions_created_total')).toBe(0);
  });
});
