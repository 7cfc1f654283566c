// A terminal that is none: what Ink reads keys from and writes frames to, with the time of each. For both sides of the screen's goal.
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { percentile } from '../lib/stats.mjs';

const columns = 100;
const rows = 40;
const frameDeadlineMs = 5_000;
const letters = 'abcdefghijklmnopqrstuvwxyz';
/** As long a line as a person writes; then it is deleted, which is a key press like the others. */
const lineLength = 40;
const deleteLine = '\u0015';

/** The two streams. `next(text)` resolves when a frame with that text was written. */
export function createTerminal() {
  let awaited = null;
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns,
    rows,
    write(frame) {
      if (awaited?.fits(stripVTControlCharacters(String(frame))) === true) {
        const { resolve } = awaited;
        awaited = null;
        resolve(performance.now());
      }
      return true;
    },
    off: EventEmitter.prototype.off,
  });
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
  });
  const next = (fits) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the screen did not draw a key in time')), frameDeadlineMs);
      awaited = {
        fits,
        resolve: (at) => {
          clearTimeout(timer);
          resolve(at);
        },
      };
    });
  return { stdin, stdout, next };
}

/** Presses `count` keys, one after another at a typist's pace, and gives the milliseconds from each to its frame. */
export async function typed({ stdin, next }, count, everyMs) {
  const times = [];
  let line = '';
  for (let at = 0; at < count; at += 1) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    const isFull = line.length >= lineLength;
    const key = isFull ? deleteLine : letters[at % letters.length];
    line = isFull ? '' : line + key;
    const wanted = line;
    const drawn = next((frame) => (wanted === '' ? frame.trimEnd().endsWith('>') : frame.includes(`> ${wanted}`)));
    const pressedAt = performance.now();
    stdin.write(key);
    times.push((await drawn) - pressedAt);
  }
  // The next round begins on an empty line.
  if (line !== '') {
    const cleared = next((frame) => frame.trimEnd().endsWith('>'));
    stdin.write(deleteLine);
    await cleared;
  }
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
}
