// Station: cli/ui. Puts the screen on a terminal and takes it off again. Called by cli/chat, which loads it lazily: Ink and React take a while.
import type { ChatClient } from '../../client/chat-client.js';
import { systemClock } from '../../common/clock.js';
import { ChatScreen } from './chat-screen.js';
import { onTerminal, type TerminalRun } from './on-terminal.js';
import { terminalTheme } from './theme.js';

/** A terminal and who talks on it. */
export interface ChatScreenRun extends TerminalRun {
  readonly client: ChatClient;
  readonly hasColor: boolean;
}

/** Shows the screen until the user quits or the signal fires. Whatever happens, the terminal is as it was. */
export async function runChatScreen(run: ChatScreenRun): Promise<void> {
  const theme = terminalTheme(run.hasColor);
  await onTerminal(<ChatScreen client={run.client} theme={theme} clock={systemClock} />, run, { isWhole: false });
}
