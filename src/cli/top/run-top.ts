// Station: cli/top. Runs `chatbox top`: a screen on a terminal, a line a look on a pipe.
import { hasColor, screenOf } from '../chat/screen-of.js';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { keepLooking } from '../keep-looking.js';
import { adminApi } from '../sessions/admin-api.js';
import { createLooker, type Look } from './watch-live.js';

const maxSeconds = 60;

/** Looks until it is interrupted, or once. */
export async function runTop(invocation: Invocation): Promise<number> {
  const { io, global, options, output } = invocation;
  const everyMs = intervalOf(invocation);
  const look = createLooker(await adminApi(invocation));
  const isOnce = options.once === true;
  const screen = global.json || isOnce ? null : screenOf(io);
  if (screen !== null) {
    const first = await look();
    const { runTopScreen } = await import('../ui/run-top-screen.js');
    await runTopScreen({ ...screen, first, look, everyMs, hasColor: hasColor(io), signal: io.signal });
    return io.signal.aborted ? exitCodes.interrupted : exitCodes.ok;
  }
  const print = async (): Promise<void> => {
    const seen = await look();
    await output.result(seen, () => lineOf(seen));
  };
  if (isOnce) {
    await print();
    return exitCodes.ok;
  }
  await keepLooking(print, { everyMs, signal: io.signal, warn: (what) => output.warn(what) });
  return io.signal.reason === 'EPIPE' ? exitCodes.ok : exitCodes.interrupted;
}

/** A look on one line, for a pipe. */
function lineOf({ timestamp, connections, sessions, answering, waiting_for_help, tokens_per_second }: Look): string {
  const rate = tokens_per_second === null ? '-' : String(tokens_per_second);
  return `${timestamp} connections=${connections} sessions=${sessions} answering=${answering} waiting=${waiting_for_help} tokens/s=${rate}\n`;
}

function intervalOf(invocation: Invocation): number {
  const text = optionText(invocation, 'every') ?? '';
  const seconds = /^[0-9]{1,2}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= maxSeconds) return seconds * 1_000;
  throw new CliError(exitCodes.usage, `--every must be a number of seconds from 1 to ${maxSeconds}`);
}
