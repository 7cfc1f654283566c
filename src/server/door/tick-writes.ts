// Station: door. Collects what one turn of the event loop writes, so that all frames of a socket leave in one system call. Called by the outbox.
import type { Duplex } from 'node:stream';
import type { Wire } from '../ports/participant.js';

/** So many sockets wait at the most: what was written to more of them would have left the processor's caches when it is sent at last. */
const maxCorked = 64;

/** Corks each socket at its first write of a turn, and uncorks all of them when the turn is over, or sooner when they are many. One for all sockets. */
export class TickWrites {
  #corked: Duplex[] = [];
  #frames = 0;
  readonly #onFlush: (frames: number) => void;
  readonly #flush = (): void => {
    const corked = this.#corked;
    const frames = this.#frames;
    this.#corked = [];
    this.#frames = 0;
    for (const socket of corked) socket.uncork();
    this.#onFlush(frames);
  };

  /** @param onFlush told how many frames left together */
  constructor(onFlush: (frames: number) => void) {
    this.#onFlush = onFlush;
  }

  write(socket: Duplex, wire: Wire): void {
    if (socket.writableCorked === 0) {
      socket.cork();
      if (this.#corked.push(socket) === 1) setImmediate(this.#flush);
    }
    this.#frames += 1;
    if (typeof wire === 'string') socket.write(wire, 'latin1');
    else socket.write(wire);
    if (this.#corked.length >= maxCorked) this.#flush();
  }

  /** Sends what this turn wrote to a socket so far. The end of the turn finds it uncorked, or corked anew, and both are fine. */
  release(socket: Duplex): void {
    if (socket.writableCorked > 0) socket.uncork();
  }
}
