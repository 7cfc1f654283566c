// Station: cli/ui. Puts `chatbox top` on a terminal and takes it off again. Called by cli/top, which loads it lazily.
import { systemClock } from '../../common/clock.js';
import { onTerminal, type TerminalRun } from './on-terminal.js';
import { terminalTheme } from './theme.js';
import { type TopLook, TopScreen } from './top-screen.js';

/** A terminal and what is looked at. */
export interface TopScreenRun extends TerminalRun {
  readonly first: TopLook;
  readonly look: () => Promise<TopLook>;
  readonly everyMs: number;
  readonly hasColor: boolean;
}

/** Shows it until the person quits or the signal fires. */
export async function runTopScreen(run: TopScreenRun): Promise<void> {
  const { first, look, everyMs, hasColor } = run;
  const screen = (
    <TopScreen first={first} look={look} everyMs={everyMs} theme={terminalTheme(hasColor)} clock={systemClock} />
  );
  await onTerminal(screen, run, { isWhole: true });
}
