// Whole questions: every lane asks, reads the answer to its end, and asks again. Text is counted, not frames, since a server may join pieces.
import { sharedMicros } from '../lib/child.mjs';
import { createTrouble, kinds, sendNext } from './lanes.mjs';

const code = (letter) => letter.charCodeAt(0);
const contentLead = Buffer.from('"content":"');
const doneMark = Buffer.from('"done":"true"');
const quote = 0x22;
/** Digits of a stamp: microseconds of the shared clock. */
const stampDigits = 16;

/**
 * Asks for `warmupMs + durationMs` (or `limit` answers a lane); counts answers and characters within the second part. `expectedChars` is what every answer must have.
 * With `stamped`, answers are made of stamps, and the delay of each is recorded. With `spreadMs`, the lanes ask for the first time one after another over
 * that long: people do not all ask in the same instant.
 */
export function asks(
  lanes,
  { warmupMs, durationMs, expectedChars, stamped = false, spreadMs = 0, deadlineMs = 30_000 },
) {
  const trouble = createTrouble();
  const delays = [];
  const firsts = [];
  let answers = 0;
  let chars = 0;
  let isMeasuring = false;
  let isStopping = false;
  let busy = 0;
  let onIdle = () => undefined;

  const ask = (lane) => {
    busy += 1;
    lane.state = { chars: 0, askedAt: sharedMicros() };
    sendNext(lane, Buffer.from(lane.frame));
  };
  const finished = (lane) => {
    if (lane.state.chars !== expectedChars)
      trouble.add(`an answer had ${lane.state.chars} of ${expectedChars} characters`);
    if (isMeasuring) answers += 1;
    busy -= 1;
    if (!isStopping) ask(lane);
    else if (busy === 0) onIdle();
  };
  const readStamps = (bytes, begin, end) => {
    const now = sharedMicros();
    for (let at = begin; at + stampDigits <= end; at += stampDigits) {
      let stamp = 0;
      for (let digit = at; digit < at + stampDigits; digit += 1) stamp = stamp * 10 + bytes[digit] - 0x30;
      if (isMeasuring) delays.push((now - stamp) / 1000);
    }
  };
  const onFrame = (lane, bytes, begin, end) => {
    const kind = bytes[begin + lane.offset];
    if (kind === code(kinds.error)) trouble.add(bytes.toString('utf8', begin, end));
    if (kind !== code(kinds.answer) || lane.state === null) return;
    const lead = bytes.indexOf(contentLead, begin);
    if (lead !== -1 && lead < end) {
      const start = lead + contentLead.length;
      const stop = bytes.indexOf(quote, start);
      if (lane.state.chars === 0 && stop > start && isMeasuring)
        firsts.push((sharedMicros() - lane.state.askedAt) / 1000);
      lane.state.chars += stop - start;
      if (isMeasuring) chars += stop - start;
      if (stamped) readStamps(bytes, start, stop);
    }
    const done = bytes.indexOf(doneMark, begin);
    if (done !== -1 && done < end) finished(lane);
  };
  for (const lane of lanes) lane.onFrame = (bytes, begin, end) => onFrame(lane, bytes, begin, end);

  return new Promise((resolve) => {
    let measuredMs = 0;
    let startedAt = 0;
    const finish = () => {
      for (const lane of lanes) {
        lane.state = null;
        if (lane.closed !== null) trouble.add(`a socket was closed: ${lane.closed}`);
      }
      const result = {
        answers,
        chars,
        seconds: measuredMs / 1000,
        delays: Float64Array.from(delays),
        firsts: Float64Array.from(firsts),
      };
      resolve({ ...result, trouble: trouble.report() });
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
        trouble.add(`${busy} answers never ended`);
        finish();
      }, deadlineMs);
      onIdle = () => {
        clearTimeout(deadline);
        finish();
      };
      if (busy === 0) onIdle();
    }, warmupMs + durationMs);
    lanes.forEach((lane, at) => {
      if (spreadMs === 0) ask(lane);
      else setTimeout(() => ask(lane), (at / lanes.length) * spreadMs);
    });
  });
}
