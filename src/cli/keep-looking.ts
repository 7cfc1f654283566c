// Station: cli. Looks at a server again and again until it is interrupted. Called by commands that watch.
import { CliError, exitCodes } from './exit-codes.js';
import { pause } from './pause.js';

/** How often, until when, and who is told that a look failed. */
export interface Looking {
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly warn: (what: string) => void;
}

/**
 * Calls `look`, again after each pause, until the signal fires. Who watches is not sent away by a server that restarts or has had enough for this minute: that
 * is told, and looked again. The first look must succeed, for what is wrong with it (another server, no admin) stays wrong. @throws what `look` throws
 */
export async function keepLooking(look: () => Promise<void>, { everyMs, signal, warn }: Looking): Promise<void> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      await look();
    } catch (error) {
      const mayPass = error instanceof CliError && error.exitCode === exitCodes.unavailable;
      if (isFirst || !mayPass) throw error;
      warn(error.message);
    }
    await pause(everyMs, signal);
  }
}
