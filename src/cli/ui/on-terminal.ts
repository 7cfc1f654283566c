// Station: cli/ui. A screen of Ink on a terminal, until it ends or a signal fires; then the terminal is as it was. Called by the screens' run functions.
import type { ReadStream, WriteStream } from 'node:tty';
import { render } from 'ink';
import type { ReactNode } from 'react';

/** A terminal. */
export interface TerminalRun {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly signal: AbortSignal;
}

/** Marks around what is pasted, so that its line breaks do not send it. */
const pasteMarks = { on: '\u001b[?2004h', off: '\u001b[?2004l' };
/** A screen of its own: what stood there before is back when it is left. */
const wholeScreen = { on: '\u001b[?1049h\u001b[H', off: '\u001b[?1049l' };

/** Ink kills the process on a signal that nobody else listens to, before the screen is off: so somebody listens while it is on. */
const signals = ['SIGINT', 'SIGTERM'] as const;
const stayAlive = (): void => undefined;
const closings = ['end', 'close', 'error'] as const;

/**
 * Shows `screen` until it ends by itself, the signal fires, or the terminal is closed: who sat there is gone, and must not go on holding what they held.
 * `isWhole`: it takes the whole terminal, and leaves no line of it in the scrollback.
 */
export async function onTerminal(
  screen: ReactNode,
  { stdin, stdout, stderr, signal }: TerminalRun,
  { isWhole }: { readonly isWhole: boolean },
): Promise<void> {
  for (const name of signals) process.on(name, stayAlive);
  const on = `${isWhole ? wholeScreen.on : ''}${pasteMarks.on}`;
  const off = `${pasteMarks.off}${isWhole ? wholeScreen.off : ''}`;
  // A crash ends the process without unwinding: the terminal is put right all the same.
  const restore = (): void => void stdout.write(off);
  process.once('exit', restore);
  stdout.write(on);
  const shown = render(screen, { stdin, stdout, stderr, exitOnCtrlC: false, patchConsole: false });
  const leave = (): void => shown.unmount();
  signal.addEventListener('abort', leave, { once: true });
  let isClosed = false;
  const closed = (): void => {
    isClosed = true;
    leave();
  };
  // A closed window hangs up; where its shell keeps that from us, what is read from it ends, or fails.
  process.on('SIGHUP', closed);
  for (const event of closings) stdin.on(event, closed);
  try {
    if (signal.aborted) leave();
    await shown.waitUntilExit();
  } finally {
    signal.removeEventListener('abort', leave);
    shown.unmount();
    process.off('exit', restore);
    stdout.write(off);
    for (const name of signals) process.off(name, stayAlive);
    // A closed terminal hangs up and fails more than once: that must not end the process before it has given back what it held.
    if (!isClosed) {
      process.off('SIGHUP', closed);
      for (const event of closings) stdin.off(event, closed);
    }
  }
}
