// Station: client. One socket's life: opened, first frame awaited, watched by pings, down once. Called by chat-client, which makes a new one each time.
import type { Clock, Timer } from '../common/clock.js';
import { limits } from '../protocol/limits.js';
import { parseFrame, type ReceivedFrame } from './parse-frame.js';
import type { CloseLike, MessageLike, SocketConstructor, SocketLike } from './platform.js';
import type { ClientSettings } from './settings.js';

/** Why a link went down: closed by the other side (code 1006 when it broke), or given up here. */
export type LinkDown =
  | { readonly kind: 'closed'; readonly code: number; readonly isReady: boolean }
  | { readonly kind: 'silent'; readonly isReady: boolean };

/** What a link needs. */
export interface LinkOptions {
  readonly url: string;
  readonly token: string;
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  readonly settings: ClientSettings;
  readonly onFrame: (frame: ReceivedFrame) => void;
  /** Called once, and never after `close`. */
  readonly onDown: (down: LinkDown) => void;
}

const subprotocol = 'chatbox.v1';
const openState = 1;

/** A socket to the server. The constructor throws what the platform's throws: the caller must not pass its text on, it may hold the token. */
export class Link {
  readonly #options: LinkOptions;
  readonly #socket: SocketLike;
  #timer: Timer;
  #isReady = false;
  #isDown = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { clock, settings } = options;
    this.#socket = new options.WebSocket(options.url, [subprotocol, `bearer.${options.token}`]);
    this.#timer = clock.after(settings.connectTimeoutMs, () => this.#giveUp());
    this.#socket.onmessage = (event: MessageLike) => this.#received(event.data);
    this.#socket.onclose = (event: CloseLike) =>
      this.#down({ kind: 'closed', code: event.code, isReady: this.#isReady });
    // A close event follows every error; `ws` throws when nobody listens to the error.
    this.#socket.onerror = () => undefined;
  }

  /** True from the first `connection_status` until it is down. */
  get isReady(): boolean {
    return this.#isReady && !this.#isDown;
  }

  /** Sends a frame; false when the link can't take it now. */
  send(frame: Readonly<Record<string, unknown>>): boolean {
    if (this.#isDown || this.#socket.readyState !== openState) return false;
    if (this.#socket.bufferedAmount > limits.outboxBytes) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Closes it from this side; `onDown` is not called. */
  close(): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#timer.cancel();
    this.#socket.close(1000, '');
  }

  #received(data: unknown): void {
    if (this.#isDown) return;
    const frame = parseFrame(data);
    if (frame?.type === 'connection_status') this.#isReady = true;
    if (this.#isReady) this.#watch();
    if (frame !== null) this.#options.onFrame(frame);
  }

  /** Browsers do not show protocol pings, so silence is broken by our own: whatever comes is a sign of life. */
  #watch(): void {
    const { clock, settings } = this.#options;
    this.#timer.cancel();
    this.#timer = clock.after(settings.pingAfterMs, () => {
      this.send({ type: 'ping' });
      this.#timer = clock.after(settings.pongWithinMs, () => this.#giveUp());
    });
  }

  #giveUp(): void {
    if (this.#isDown) return;
    // A close handshake with a dead peer would wait for it; where the platform can, the socket is dropped.
    if (this.#socket.terminate === undefined) this.#socket.close();
    else this.#socket.terminate();
    this.#down({ kind: 'silent', isReady: this.#isReady });
  }

  #down(down: LinkDown): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#timer.cancel();
    this.#options.onDown(down);
  }
}
