// The load generator's process: opens lanes and drives them as the parent says. One bench at a time, on the core that the server does not have.
import { serveParent } from '../lib/child.mjs';
import { percentile } from '../lib/stats.mjs';
import { asks } from './asks.mjs';
import { openLanes } from './lanes.mjs';
import { once } from './once.mjs';
import { paced } from './paced.mjs';
import { pump } from './pump.mjs';
import { takeovers } from './takeovers.mjs';

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
  async takeovers({ pairs, ...args }) {
    const { lasts, acks, ...rest } = await takeovers(lanes.slice(0, pairs), lanes.slice(pairs, 2 * pairs), args);
    return { ...rest, lastMs: digest(lasts), ackMs: digest(acks) };
  },
  once: (args) => once(lanes, args),
  close() {
    for (const lane of lanes) {
      lane.socket.onClose = () => undefined;
      lane.socket.end();
    }
    lanes = [];
    return { open: 0 };
  },
});
