// Station: door. Closes all sockets of a replica, spread over time, so that their clients do not all come back in one instant. Called by the socket door.
import type { Clock } from '../../common/clock.js';
import { deferred } from '../../common/deferred.js';
import type { Random } from '../../common/random.js';

/** How to close. */
export interface CloseWaves {
  readonly code: number;
  readonly reason: string;
  /** Each socket is closed at a random moment of this span. */
  readonly spreadMs: number;
  /** After the last wave, how long sockets may take to send what they hold; then they are cut. */
  readonly flushMs: number;
}

/** As much of a connection as closing it takes. */
export interface Closable {
  close(code: number, reason: string): void;
  terminate(): void;
}

const waveMs = 100;

/** How often is looked whether the last one is gone. */
const pollMs = 20;

/** Closes all of `open`, from which a connection leaves when it is gone. Resolves when it is empty, at the latest after `spreadMs + flushMs`. */
export async function closeInWaves(
  open: ReadonlySet<Closable>,
  how: CloseWaves,
  deps: { readonly clock: Clock; readonly random: Random },
): Promise<void> {
  const { clock, random } = deps;
  const waveCount = Math.max(1, Math.ceil(how.spreadMs / waveMs));
  const waves: Closable[][] = Array.from({ length: waveCount }, () => []);
  for (const connection of open) waves[Math.floor(random.fraction() * waveCount)]?.push(connection);
  const deadline = clock.monotonic() + how.spreadMs + how.flushMs;
  for (const [at, wave] of waves.entries()) {
    if (at > 0) await wait(clock, how.spreadMs / waveCount);
    for (const connection of wave) connection.close(how.code, how.reason);
  }
  while (open.size > 0 && clock.monotonic() < deadline) await wait(clock, pollMs);
  for (const connection of open) connection.terminate();
}

function wait(clock: Clock, ms: number): Promise<void> {
  const { promise, resolve } = deferred<void>();
  clock.after(ms, () => resolve());
  return promise;
}
