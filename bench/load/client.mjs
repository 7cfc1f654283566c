// The load generator's process: opens lanes and drives them as the parent says. One bench at a time, on the core that the server does not have.
import { serveParent } from '../lib/child.mjs';
import { percentile } from '../lib/stats.mjs';
import { asks } from './asks.mjs';
import { openLanes } from './lanes.mjs';
import { paced } from './paced.mjs';
import { pump } from './pump.mjs';
import { openSocket } from './socket.mjs';
import { maskedFrame } from './wire.mjs';

let lanes = [];

/** What the parent wants of many figures. */
function digest(values) {
  if (values.length === 0) return null;
  return {
    count: values.length,
    p50: percentile(values, 0.5),
    p95: percentile(values, 0.95),
    p99: percentile(values, 0.99),
  };
}

serveParent({
  async open(args) {
    const opened = await openLanes(args);
    lanes.push(...opened);
    return { open: lanes.length };
  },
  async pump(args) {
    const { latencies, ...rest } = await pump(lanes, args);
    return { ...rest, latencyMs: digest(latencies) };
  },
  async asks(args) {
    const { delays, firsts, ...rest } = await asks(args.lanes === undefined ? lanes : lanes.slice(0, args.lanes), args);
    return { ...rest, delayMs: digest(delays), firstMs: digest(firsts) };
  },
  async paced({ pingers, ...args }) {
    const { roundTrips, ...rest } = await paced(lanes.slice(0, pingers), lanes.slice(pingers), args);
    return { ...rest, roundTripMs: digest(roundTrips) };
  },
  /** One message on every lane, so many lanes at once, each answered before the next. */
  async once({ atOnce, accept, durationMs }) {
    const figures = { count: 0, trouble: { count: 0, seen: [] } };
    for (let first = 0; first < lanes.length; first += atOnce) {
      const part = await pump(lanes.slice(first, first + atOnce), { inFlight: 1, warmupMs: 0, durationMs, accept });
      figures.count += part.count;
      figures.trouble.count += part.trouble.count;
      figures.trouble.seen.push(...part.trouble.seen.slice(0, 1));
    }
    return figures;
  },
  close() {
    for (const lane of lanes) {
      lane.socket.onClose = () => undefined;
      lane.socket.end();
    }
    lanes = [];
    return { open: 0 };
  },
  /** Whether a bare upgrade works at all, for an error that says more than a time-out. */
  async probe(args) {
    const socket = await openSocket(args);
    socket.send(maskedFrame('', 0x8));
    socket.end();
    return {};
  },
});
