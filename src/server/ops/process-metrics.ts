// Station: ops. How the process is: memory, processor, and how late the event loop runs. Called by the metrics.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import { metricNames } from '../../protocol/metric-names.js';

/** What the process says of itself. */
export interface ProcessReading {
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  /** User and system time since it started. */
  readonly cpuSeconds: number;
  /** Seconds since the Unix epoch. */
  readonly startedAtSeconds: number;
}

const resolutionMs = 20;
const nanosPerSecond = 1e9;

/** Adds the gauges of the process to `registry`; the returned function lets go of what measures the event loop. */
export function watchProcess(registry: Registry, read: () => ProcessReading): () => void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: (reading: ProcessReading) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(read()));
      },
    });
  };
  gauge(metricNames.residentMemory, 'Resident memory.', (reading) => reading.residentBytes);
  gauge('nodejs_heap_size_used_bytes', 'Heap in use.', (reading) => reading.heapUsedBytes);
  gauge('process_start_time_seconds', 'When the process started.', (reading) => reading.startedAtSeconds);
  new Counter({
    name: metricNames.processCpu,
    help: 'Processor time used.',
    registers,
    collect() {
      this.reset();
      this.inc(read().cpuSeconds);
    },
  });
  return watchEventLoop(registry);
}

/** How late the event loop was since the last time that somebody asked. */
function watchEventLoop(registry: Registry): () => void {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  new Gauge({
    name: metricNames.eventLoopLag,
    help: 'How late the event loop ran since the last reading, by quantile (1 is the worst).',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      this.set({ quantile: '0.5' }, lag(delays, delays.percentile(50)));
      this.set({ quantile: '0.99' }, lag(delays, delays.percentile(99)));
      this.set({ quantile: '1' }, lag(delays, delays.max));
      delays.reset();
    },
  });
  return () => void delays.disable();
}

/** The histogram measures the distance between two ticks, which is the resolution when nothing is late; empty, its extremes are no numbers of use. */
function lag(delays: IntervalHistogram, nanos: number): number {
  return delays.count === 0 ? 0 : Math.max(0, nanos / nanosPerSecond - resolutionMs / 1000);
}
