// A closed loop: every lane keeps so many messages in flight, and sends the next when one is answered.
import { createTrouble, kinds, sendNext } from './lanes.mjs';

const drainDeadlineMs = 10_000;
const code = (letter) => letter.charCodeAt(0);

/**
 * Pumps for `warmupMs + durationMs` and counts frames of `accept` (kinds) within the second part. With `perSession` > 1 the first lane of each
 * session sends, and the next message goes out when each of its lanes has got its frame.
 */
export function pump(lanes, { inFlight, warmupMs, durationMs, accept, perSession = 1 }) {
  const accepted = new Set(accept.map((kind) => code(kinds[kind])));
  const failed = code(kinds.error);
  const trouble = createTrouble();
  let latencies = [];
  let count = 0;
  let isMeasuring = false;
  let isStopping = false;
  let outstanding = 0;
  let onIdle = () => undefined;
  let startedAt = 0;
  let measuredMs = 0;

  const start = (session) => {
    session.frames = Array.from({ length: inFlight }, () => Buffer.from(session.sender.frame));
    session.sentAt = new Float64Array(inFlight);
    session.sent = 0;
    session.done = 0;
    session.got = 0;
    for (let at = 0; at < inFlight; at += 1) send(session);
  };
  const send = (session) => {
    const slot = session.sent % inFlight;
    session.sent += 1;
    outstanding += 1;
    session.sentAt[slot] = performance.now();
    sendNext(session.sender, session.frames[slot]);
  };
  const onFrame = (session, lane, bytes, begin, end) => {
    const kind = bytes[begin + lane.offset];
    if (!accepted.has(kind)) {
      if (kind === failed) trouble.add(bytes.toString('utf8', begin, end));
      return;
    }
    if (isMeasuring) count += 1;
    session.got += 1;
    if (session.got % perSession !== 0) return;
    if (isMeasuring) latencies.push(performance.now() - session.sentAt[session.done % inFlight]);
    session.done += 1;
    outstanding -= 1;
    if (!isStopping) send(session);
    else if (outstanding === 0) onIdle();
  };

  const sessions = [];
  for (let first = 0; first < lanes.length; first += perSession) {
    const session = { sender: lanes[first] };
    sessions.push(session);
    for (const lane of lanes.slice(first, first + perSession))
      lane.onFrame = (bytes, begin, end) => onFrame(session, lane, bytes, begin, end);
  }

  return new Promise((resolve) => {
    const finish = () => {
      for (const lane of lanes) if (lane.closed !== null) trouble.add(`a socket was closed: ${lane.closed}`);
      resolve({
        count,
        seconds: measuredMs / 1000,
        latencies: Float64Array.from(latencies),
        trouble: trouble.report(),
      });
      latencies = [];
    };
    setTimeout(() => {
      isMeasuring = true;
      startedAt = performance.now();
    }, warmupMs);
    setTimeout(() => {
      isMeasuring = false;
      isStopping = true;
      measuredMs = performance.now() - startedAt;
      const deadline = setTimeout(() => {
        trouble.add(`${outstanding} messages were never answered`);
        finish();
      }, drainDeadlineMs);
      onIdle = () => {
        clearTimeout(deadline);
        finish();
      };
      if (outstanding === 0) onIdle();
    }, warmupMs + durationMs);
    for (const session of sessions) start(session);
  });
}
