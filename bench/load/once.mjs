// One message on every lane, and no more: what goal 5 asks of a socket before it is left idle.
import { createTrouble, kinds, sendNext } from './lanes.mjs';

const deadlineMs = 60_000;

/** Sends one message on each of `lanes`, `atOnce` in flight, and resolves when each got its frame of `kind`. */
export function once(lanes, { kind, atOnce }) {
  const wanted = kinds[kind].charCodeAt(0);
  const failed = kinds.error.charCodeAt(0);
  const trouble = createTrouble();
  return new Promise((resolve) => {
    let next = 0;
    let answered = 0;
    const finish = () => {
      clearTimeout(deadline);
      resolve({ count: answered, trouble: trouble.report() });
    };
    const deadline = setTimeout(() => {
      trouble.add(`${lanes.length - answered} messages were never answered`);
      finish();
    }, deadlineMs);
    const send = () => {
      const lane = lanes[next];
      if (lane === undefined) return;
      next += 1;
      lane.onFrame = (bytes, begin, end) => {
        const got = bytes[begin + lane.offset];
        if (got === failed) trouble.add(bytes.toString('utf8', begin, end));
        if (got !== wanted && got !== failed) return;
        answered += 1;
        if (answered === lanes.length) finish();
        else send();
      };
      sendNext(lane, lane.frame);
    };
    for (let at = 0; at < Math.min(atOnce, lanes.length); at += 1) send();
  });
}
