// Station: door. What goes down one socket: straight through while it keeps up, held and joined while it does not. Called by the connection.
import type { Duplex } from 'node:stream';
import { type Deferred, deferred } from '../../common/deferred.js';
import type { SharedFrame } from '../ports/participant.js';
import { HeldFrames } from './held-frames.js';
import type { TickWrites } from './tick-writes.js';
import { wireOf } from './wire-frame.js';

/** What all outboxes share. */
export interface OutboxContext {
  readonly writes: TickWrites;
  readonly bounds: { readonly highWaterBytes: number; readonly outboxBytes: number };
}

const done = Promise.resolve();

/**
 * The frames of one socket on their way out. They are written to the raw socket, past the WebSocket library, whose own frames (ping, pong, close)
 * enter the same socket: so those pass whatever is held here (finding R10). What only slow readers need is made when a reader turns out to be slow.
 */
export class Outbox {
  readonly #socket: Duplex;
  readonly #context: OutboxContext;
  #held: HeldFrames | null = null;
  #waiter: Deferred<void> | null = null;
  #onDrain: (() => void) | null = null;
  #hasMoved = false;

  constructor(socket: Duplex, context: OutboxContext) {
    this.#socket = socket;
    this.#context = context;
  }

  /** Whether frames wait here for the socket to take more. */
  get isHolding(): boolean {
    return this.#held !== null;
  }

  /** Whether everything was handed to the socket and the socket keeps up. */
  get isDrained(): boolean {
    return this.#held === null && !this.#socket.writableNeedDrain;
  }

  /** Whether a slow reader took something since this was last asked: a sign of life, though its pong may be stuck behind what it reads. */
  takeProgress(): boolean {
    const moved = this.#hasMoved;
    this.#hasMoved = false;
    return moved;
  }

  /** Queues a frame. False: more than the bound would wait, and the frame was not taken. A frame that nothing waits before is always taken. */
  push(shared: SharedFrame): boolean {
    const { writes, bounds } = this.#context;
    const pending = this.#socket.writableLength;
    if (this.#held === null && pending < this.#highWaterBytes()) {
      const wire = wireOf(shared);
      if (pending > 0 && pending + wire.length > bounds.outboxBytes) return false;
      writes.write(this.#socket, wire);
      if (shared.isAwaited) writes.release(this.#socket);
      return true;
    }
    this.#held ??= new HeldFrames();
    this.#held.push(shared);
    this.#awaitDrain();
    return pending + this.#held.bytes <= bounds.outboxBytes;
  }

  /** Resolves when the socket keeps up again, or when what was held is given up. */
  drained(): Promise<void> {
    if (this.isDrained) return done;
    this.#waiter ??= deferred();
    this.#awaitDrain();
    return this.#waiter.promise;
  }

  /** Gives up what is held, and lets go of whoever waits for it. */
  discard(): void {
    this.#held = null;
    this.#settle();
  }

  /** Listens only while there is something to wait for: an idle socket carries no listener of ours. */
  #awaitDrain(): void {
    if (this.#onDrain !== null) return;
    this.#onDrain = () => this.#refill();
    this.#socket.on('drain', this.#onDrain);
  }

  #refill(): void {
    this.#hasMoved = true;
    const held = this.#held;
    if (held !== null) {
      while (this.#socket.writableLength < this.#highWaterBytes()) {
        const wire = held.shift();
        if (wire === null) break;
        this.#context.writes.write(this.#socket, wire);
      }
      if (!held.isEmpty) return;
      this.#held = null;
    }
    if (!this.#socket.writableNeedDrain) this.#settle();
  }

  /** Never under the stream's own mark: only above that does it promise the `drain` event that #refill waits for. */
  #highWaterBytes(): number {
    return Math.max(this.#context.bounds.highWaterBytes, this.#socket.writableHighWaterMark);
  }

  #settle(): void {
    if (this.#onDrain !== null) this.#socket.removeListener('drain', this.#onDrain);
    this.#onDrain = null;
    this.#waiter?.resolve();
    this.#waiter = null;
  }
}
