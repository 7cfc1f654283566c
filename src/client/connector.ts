// Station: client. Keeps a link up: token, socket, why it failed, when to come back. Called by chat-client, which knows what is said on it.
import type { Timer } from '../common/clock.js';
import { afterClose, afterRefusal, again, type Comeback, delayBefore } from './comeback.js';
import { type Position, socketUrl } from './endpoint.js';
import { Link, type LinkDown } from './link.js';
import type { Equipment } from './options.js';
import type { ReceivedFrame } from './parse-frame.js';
import { whyRefused } from './refusal.js';
import type { ConnectionState, StopReason } from './snapshot.js';
import { withDeadline } from './with-deadline.js';

/** What a connector tells. */
export interface ConnectorEvents {
  /** Where the next connection should go on. */
  readonly position: () => Position;
  readonly onFrame: (frame: ReceivedFrame) => void;
  readonly onState: (state: ConnectionState) => void;
}

/** What both platforms say of a socket that broke, or never was. */
const brokenCode = 1006;

/** A token that the server does not take (any more). */
interface Refused {
  readonly token: string;
  readonly why: string;
}

/** Connects until stopped. At most one socket at a time. */
export class Connector {
  readonly #equipment: Equipment;
  readonly #events: ConnectorEvents;
  #link: Link | null = null;
  #timer: Timer | null = null;
  /** Grows with each start and stop, so that what an older attempt still waits for comes to nothing. */
  #life = 0;
  #attempt = 0;
  #readySinceMs: number | null = null;
  #hintMs: number | null = null;
  #token: string | null = null;

  constructor(equipment: Equipment, events: ConnectorEvents) {
    this.#equipment = equipment;
    this.#events = events;
  }

  /** The token of the last connection, else one from the provider. Throws what the provider throws, ChatError `deadline` when it hangs. */
  async token(): Promise<string> {
    return this.#token ?? (await this.freshToken());
  }

  /** Asks the provider. */
  async freshToken(): Promise<string> {
    const { token, clock, settings } = this.#equipment;
    const asked = Promise.resolve().then(token);
    const given = await withDeadline(asked, settings.connectTimeoutMs, clock, 'No token was given in time.');
    this.#token = given;
    return given;
  }

  /** Gives the server a fresh token on the live link, where the provider has another one. */
  async renewToken(): Promise<void> {
    const old = await this.token().catch(() => null);
    const fresh = await this.freshToken().catch(() => null);
    // With no other token to give, the server closes with 4401 when the old one ends, and the provider is asked once more.
    if (fresh !== null && fresh !== old) this.send({ type: 'token_refresh', metadata: { token: fresh } });
  }

  /** Connects now, whatever it did before. */
  start(): void {
    this.#drop();
    void this.#open(null);
  }

  /** Drops the link and connects again after a backoff. */
  restart(why: string): void {
    this.#drop();
    this.#comeBack(again(why));
  }

  /** Sends a frame; false while there is no ready link. */
  send(frame: Readonly<Record<string, unknown>>): boolean {
    return this.#link?.isReady === true && this.#link.send(frame);
  }

  /** The server said when to come back after the next close. */
  hint(retryAfterMs: number): void {
    this.#hintMs = retryAfterMs;
    if (this.#readySinceMs !== null) this.#say({ kind: 'open', sinceMs: this.#readySinceMs, isDraining: true });
  }

  /** Ends it. */
  stop(reason: StopReason, message: string): void {
    this.#drop();
    this.#say({ kind: 'stopped', reason, message });
  }

  #drop(): void {
    this.#life += 1;
    this.#timer?.cancel();
    this.#timer = null;
    this.#link?.close();
    this.#link = null;
    this.#readySinceMs = null;
  }

  async #open(refused: Refused | null): Promise<void> {
    const life = this.#life;
    this.#say({ kind: 'connecting', attempt: this.#attempt });
    const token = await this.freshToken().catch(() => null);
    if (life !== this.#life) return;
    if (token === null) this.#comeBack(again('No token could be had.'));
    else if (token === refused?.token) this.stop('unauthorized', refused.why);
    else this.#link = this.#openLink(token);
  }

  #openLink(token: string): Link | null {
    const { server, WebSocket, clock, settings } = this.#equipment;
    const url = socketUrl(server, this.#events.position());
    const onFrame = (frame: ReceivedFrame) => this.#received(frame);
    const onDown = (down: LinkDown) => void this.#wentDown(down, token);
    try {
      return new Link({ url, token, WebSocket, clock, settings, onFrame, onDown });
    } catch {
      // What was thrown may quote the subprotocol, and so the token: it goes nowhere.
      this.stop('rejected', 'The platform refused to open a WebSocket to this server with this token.');
      return null;
    }
  }

  #received(frame: ReceivedFrame): void {
    const life = this.#life;
    const isFirst = this.#readySinceMs === null && frame.type === 'connection_status';
    this.#events.onFrame(frame);
    // Said after the frame was folded, so that whoever sees `open` sees the session too.
    if (!isFirst || life !== this.#life) return;
    const { clock, settings } = this.#equipment;
    this.#readySinceMs = clock.now();
    this.#timer = clock.after(settings.stableAfterMs, () => {
      this.#attempt = 0;
    });
    this.#say({ kind: 'open', sinceMs: this.#readySinceMs, isDraining: false });
  }

  async #wentDown(down: LinkDown, token: string): Promise<void> {
    const isRefused = down.kind === 'closed' && !down.isReady && down.code === brokenCode;
    const hintMs = this.#hintMs;
    this.#drop();
    const life = this.#life;
    if (!isRefused) {
      this.#comeBack(afterClose(down, hintMs), token);
      return;
    }
    const refusal = await whyRefused(this.#equipment.http, token);
    if (life === this.#life) this.#comeBack(afterRefusal(refusal), token);
  }

  #comeBack(comeback: Comeback, token: string | null = null): void {
    if (comeback.kind === 'stop') {
      this.stop(comeback.reason, comeback.message);
      return;
    }
    const { clock, settings, random } = this.#equipment;
    const delayMs = delayBefore(this.#attempt, comeback.hintMs, settings, random);
    this.#attempt += 1;
    this.#hintMs = null;
    this.#say({ kind: 'waiting', attempt: this.#attempt, retryAtMs: clock.now() + delayMs, why: comeback.why });
    const refused = comeback.needsFreshToken && token !== null ? { token, why: comeback.why } : null;
    this.#timer = clock.after(delayMs, () => void this.#open(refused));
  }

  #say(state: ConnectionState): void {
    this.#events.onState(state);
  }
}
