// Station: cli/ui. Puts the screen on a terminal and takes it off again. Called by cli/chat, which loads it lazily: Ink and React take a while.
import type { ReadStream, WriteStream } from 'node:tty';
import { render } from 'ink';
import type { ChatClient } from '../../client/chat-client.js';
import { systemClock } from '../../common/clock.js';
import { ChatScreen } from './chat-screen.js';
import { terminalTheme } from './theme.js';

/** A terminal and who talks on it. */
export interface ChatScreenRun {
  readonly client: ChatClient;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly hasColor: boolean;
  readonly signal: AbortSignal;
}

/** Marks around what is pasted, so that its line breaks do not send it. */
const pasteMarksOn = '\u001b[?2004h';
const pasteMarksOff = '\u001b[?2004l';

/** Ink kills the process on a signal that nobody else listens to, before the screen is off: so somebody listens while it is on. */
const signals = ['SIGINT', 'SIGTERM'] as const;
const stayAlive = (): void => undefined;

/** Shows the screen until the user quits or the signal fires. Whatever happens, the terminal is as it was. */
export async function runChatScreen({ client, stdin, stdout, stderr, hasColor, signal }: ChatScreenRun): Promise<void> {
  for (const name of signals) process.on(name, stayAlive);
  stdout.write(pasteMarksOn);
  const screen = render(<ChatScreen client={client} theme={terminalTheme(hasColor)} clock={systemClock} />, {
    stdin,
    stdout,
    stderr,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const leave = (): void => screen.unmount();
  signal.addEventListener('abort', leave, { once: true });
  try {
    if (signal.aborted) leave();
    await screen.waitUntilExit();
  } finally {
    signal.removeEventListener('abort', leave);
    screen.unmount();
    stdout.write(pasteMarksOff);
    for (const name of signals) process.off(name, stayAlive);
  }
}
