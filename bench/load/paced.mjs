// An open loop: pings at a fixed pace on some lanes, messages at a fixed rate on others, whether or not the last was answered.
import { createTrouble, kinds, sendNext } from './lanes.mjs';
import { maskedFrame } from './wire.mjs';

const tickMs = 5;
const settleMs = 1_000;
const code = (letter) => letter.charCodeAt(0);
const pingFrame = maskedFrame(JSON.stringify({ type: 'ping' }));

/** Pings every lane of `pingers` each `pingEveryMs`, while `writers` together send `messagesPerSecond`. Gives the round trips of the pings and the acks. */
export function paced(pingers, writers, { warmupMs, durationMs, pingEveryMs, messagesPerSecond }) {
  const trouble = createTrouble();
  const roundTrips = [];
  let acked = 0;
  let sent = 0;
  let isMeasuring = false;

  for (const lane of pingers) {
    lane.state = { sentAt: 0, waiting: false };
    lane.onFrame = (bytes, begin) => {
      if (bytes[begin + lane.offset] !== code(kinds.pong)) return;
      lane.state.waiting = false;
      if (isMeasuring) roundTrips.push(performance.now() - lane.state.sentAt);
    };
  }
  for (const lane of writers) {
    lane.onFrame = (bytes, begin, end) => {
      const kind = bytes[begin + lane.offset];
      if (kind === code(kinds.ack) && isMeasuring) acked += 1;
      else if (kind === code(kinds.error)) trouble.add(bytes.toString('utf8', begin, end));
    };
  }

  const ping = (lane) => {
    // A ping that is still out is late already; a second one would only hide how late.
    if (lane.state.waiting) return;
    lane.state.waiting = true;
    lane.state.sentAt = performance.now();
    lane.socket.send(pingFrame);
  };

  const startedAt = performance.now();
  let pingTurn = 0;
  let writeTurn = 0;
  const pings = (elapsedMs) => Math.floor((elapsedMs / pingEveryMs) * pingers.length);
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    for (const due = pings(elapsedMs); pingTurn < due; pingTurn += 1) ping(pingers[pingTurn % pingers.length]);
    for (const due = (elapsedMs / 1000) * messagesPerSecond; writeTurn < due; writeTurn += 1) {
      const lane = writers[writeTurn % writers.length];
      if (isMeasuring) sent += 1;
      sendNext(lane, Buffer.from(lane.frame));
    }
  }, tickMs);

  return new Promise((resolve) => {
    setTimeout(() => {
      isMeasuring = true;
    }, warmupMs);
    setTimeout(() => {
      isMeasuring = false;
      clearInterval(timer);
      setTimeout(() => {
        for (const lane of [...pingers, ...writers])
          if (lane.closed !== null) trouble.add(`a socket was closed: ${lane.closed}`);
        resolve({
          roundTrips: Float64Array.from(roundTrips),
          sent,
          acked,
          seconds: durationMs / 1000,
          trouble: trouble.report(),
        });
      }, settleMs);
    }, warmupMs + durationMs);
  });
}
