// Station: door. What comes up one socket: one frame at a time, in order; the rest waits, and over a bound the socket is not read (finding R11). Called by the connection.
import type { WebSocket } from 'ws';
import { closeCodes } from '../../protocol/close-codes.js';
import type { AttachRequest } from '../chat/api.js';
import type { Dispatcher, FrameSource } from '../dispatch/api.js';
import type { Log } from '../ports/telemetry.js';

/** What all inboxes share. */
export interface InboxContext {
  readonly dispatcher: Dispatcher;
  readonly bounds: { readonly inboxFrames: number; readonly inboxBytes: number };
  readonly log: Log;
}

/**
 * Frames that one read of the socket may bring beyond the bound: what is read is in memory already, and pausing stops only the next read.
 * No frame of the protocol is so small that as many fit into one read, so whoever crosses this sends rubbish.
 */
const floodFrames = 4_096;

/** The frames of one socket on their way in. */
export class Inbox {
  readonly #source: FrameSource;
  readonly #ws: WebSocket;
  readonly #context: InboxContext;
  #waiting: Buffer[] | null = null;
  #waitingBytes = 0;
  #isBusy = false;
  /** Whether the frame in hand was done before the call that began it returned. */
  #isDone = false;
  #isBeginning = false;
  #isPaused = false;
  #isStopped = false;
  #hasEnded = false;

  constructor(source: FrameSource, ws: WebSocket, context: InboxContext) {
    this.#source = source;
    this.#ws = ws;
    this.#context = context;
  }

  /** Whether the socket is not being read because too much waits. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Attaches the socket before any frame of it is handled. */
  open(ask: AttachRequest): void {
    this.#isBusy = true;
    this.#context.dispatcher.opened(this.#source, ask).then(
      () => this.done(),
      (fault: unknown) => this.done(fault),
    );
  }

  take(bytes: Buffer): void {
    if (this.#isStopped) return;
    if (!this.#isBusy) {
      this.#isBusy = true;
      this.#begin(bytes);
      return;
    }
    this.#waiting ??= [];
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waiting.length >= floodFrames) this.#source.close(closeCodes.policy, 'too many frames at once');
    else if (!this.#isPaused && this.#isOverBound()) {
      this.#isPaused = true;
      this.#ws.pause();
    }
  }

  /** Drops what waits, and handles nothing more. The socket is read again, so that the peer's close is seen. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = null;
    this.#waitingBytes = 0;
    this.#unpause();
  }

  /** The socket is gone: tells dispatch, once, after the frame in flight. */
  end(): void {
    this.stop();
    this.#hasEnded = true;
    if (!this.#isBusy) this.#context.dispatcher.closed(this.#source);
  }

  /** The frame in hand was handled: the next one's turn. */
  done(fault?: unknown): void {
    if (fault !== undefined) this.#fail(fault);
    this.#isDone = true;
    // A frame that was done at once is followed by the loop that began it: frames that wait would else be as many calls deep.
    if (this.#isBeginning) return;
    const next = this.#next();
    if (next === null) this.#rest();
    else this.#begin(next);
  }

  /** Begins with `first`, and goes on as long as each is done at once. */
  #begin(first: Buffer): void {
    for (let bytes: Buffer | null = first; bytes !== null; bytes = this.#next()) {
      this.#isDone = false;
      this.#isBeginning = true;
      this.#context.dispatcher.frame(this.#source, bytes);
      this.#isBeginning = false;
      if (!this.#isDone) return;
    }
    this.#rest();
  }

  #rest(): void {
    this.#isBusy = false;
    if (this.#hasEnded) this.#context.dispatcher.closed(this.#source);
  }

  /** Dispatch answers every failure itself; what gets here is a fault of ours, and this socket can't be trusted any more. */
  #fail(fault: unknown): void {
    this.#context.log.error('dispatch_failed', { connection: this.#source.id }, fault);
    this.#source.close(closeCodes.internal, 'internal error');
  }

  #next(): Buffer | null {
    const next = this.#waiting?.shift();
    if (next === undefined) {
      this.#waiting = null;
      return null;
    }
    this.#waitingBytes -= next.length;
    if (this.#isPaused && !this.#isOverBound()) this.#unpause();
    return next;
  }

  #isOverBound(): boolean {
    const { inboxFrames, inboxBytes } = this.#context.bounds;
    return (this.#waiting?.length ?? 0) >= inboxFrames || this.#waitingBytes >= inboxBytes;
  }

  #unpause(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#ws.resume();
  }
}
