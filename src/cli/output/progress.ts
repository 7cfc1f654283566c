// Station: cli/output. How far a long job is: a bar on a terminal, a line now and then elsewhere. Called by commands that people wait for.
import type { Invocation } from '../command.js';

const barWidth = 24;
const onTerminalEveryMs = 100;
const elsewhereEveryMs = 10_000;

/** A running bar. */
export interface Progress {
  /** `total` may be a guess: a bar is never more than full. */
  update(done: number, total: number): void;
  /** Takes the bar away; what follows begins on a line of its own. */
  end(): void;
}

/** Makes a bar for `what`; nothing is shown with --quiet. @param now milliseconds of a clock that never goes back */
export function createProgress(
  { io, global }: Pick<Invocation, 'io' | 'global'>,
  what: string,
  now: () => number,
): Progress {
  const isTerminal = io.stderr.isTTY === true;
  const everyMs = isTerminal ? onTerminalEveryMs : elsewhereEveryMs;
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : now();
  let isShown = false;
  return {
    update(done, total) {
      if (global.quiet || now() - shownAt < everyMs) return;
      shownAt = now();
      isShown = true;
      io.stderr.write(isTerminal ? `\r\u001b[K${what} ${bar(done, total)}` : `${what}: ${share(done, total)}\n`);
    },
    end() {
      if (isShown && isTerminal) io.stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}

function share(done: number, total: number): string {
  const percent = total <= 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
  return `${percent} % (${done.toLocaleString('en-US')} of about ${Math.max(done, total).toLocaleString('en-US')})`;
}

function bar(done: number, total: number): string {
  const full = total <= 0 ? barWidth : Math.min(barWidth, Math.floor((done / total) * barWidth));
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] ${share(done, total)}`;
}
