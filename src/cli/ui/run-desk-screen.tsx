// Station: cli/ui. Puts the desk on a terminal and takes it off again. Called by cli/takeover, which loads it lazily.
import type { DeskClient } from '../../client/desk-client.js';
import { systemClock } from '../../common/clock.js';
import { DeskController } from './desk-controller.js';
import { DeskScreen } from './desk-screen.js';
import type { Reply } from './desk-state.js';
import { onTerminal, type TerminalRun } from './on-terminal.js';
import { terminalTheme } from './theme.js';

/** A terminal and who sits at it. */
export interface DeskScreenRun extends TerminalRun {
  readonly client: DeskClient;
  readonly hasColor: boolean;
  readonly replies: readonly Reply[];
  /** The session to begin with; null for the list. */
  readonly sessionId: string | null;
  readonly isWatching: boolean;
}

/** Shows the desk until the person quits or the signal fires. Whatever happens, the terminal is as it was. */
export async function runDeskScreen(run: DeskScreenRun): Promise<void> {
  const { client, replies, sessionId, isWatching, hasColor } = run;
  const controller = new DeskController({ client, clock: systemClock, replies });
  if (sessionId !== null) controller.open(sessionId, isWatching ? 'watch' : 'take');
  controller.start();
  try {
    const theme = terminalTheme(hasColor);
    await onTerminal(<DeskScreen client={client} controller={controller} theme={theme} clock={systemClock} />, run, {
      isWhole: true,
    });
  } finally {
    controller.stop();
  }
}
