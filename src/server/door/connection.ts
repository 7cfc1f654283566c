// Station: door. One live socket: frames in, one after another; frames out; heartbeat, token expiry, close. Made by the socket door, called by dispatch and chat.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Clock } from '../../common/clock.js';
import { closeCodes } from '../../protocol/close-codes.js';
import { WireError } from '../../protocol/errors.js';
import type { TokenClaims } from '../auth/claims.js';
import type { TokenVerifier } from '../auth/verify.js';
import type { AttachRequest } from '../chat/api.js';
import type { Dispatcher, FrameSource } from '../dispatch/api.js';
import { SharedFrame, type User } from '../ports/participant.js';
import type { Log, Meter } from '../ports/telemetry.js';
import type { Slot } from './connection-limits.js';
import { Inbox } from './inbox.js';
import { Outbox, type OutboxContext } from './outbox.js';
import type { ConnectionBounds } from './settings.js';

/** What all connections of a door share. */
export interface ConnectionContext extends OutboxContext {
  readonly bounds: ConnectionBounds;
  readonly dispatcher: Dispatcher;
  readonly verifier: TokenVerifier;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Begins the id of every connection of this replica. */
  readonly replicaId: string;
  /** Sweeps so far: the clock of heartbeats, coarse and cheap. */
  readonly tick: number;
  /** Told once, when a socket is gone. */
  forget(connection: Connection): void;
}

/** What a connection is made of. */
export interface ConnectionParts {
  /** Unique on this replica. */
  readonly number: number;
  readonly ws: WebSocket;
  /** The socket under `ws`, for frames that go past it. */
  readonly socket: Duplex;
  readonly claims: TokenClaims;
  readonly slot: Slot<Connection>;
}

/** A socket as the core and dispatch see it. There may be tens of thousands, so it holds no timer, no closure and no queue before it needs one. */
export class Connection implements FrameSource {
  attachment: unknown = null;
  readonly #context: ConnectionContext;
  readonly #number: number;
  readonly #ws: WebSocket;
  readonly #slot: Slot<Connection>;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #openedSecond: number;
  #user: User;
  #expiresAtMs: number;
  #isWarned = false;
  #isClosing = false;
  /** When the first ping left that nothing came after; 0 when there is none. Sweeps count from 1. */
  #unansweredTick = 0;
  #closeByTick = 0;

  constructor(parts: ConnectionParts, context: ConnectionContext) {
    this.#context = context;
    this.#number = parts.number;
    this.#ws = parts.ws;
    this.#slot = parts.slot;
    this.#user = parts.claims.user;
    this.#expiresAtMs = parts.claims.expiresAtMs;
    this.#openedSecond = Math.round(context.clock.monotonic() / 1000);
    this.#outbox = new Outbox(parts.socket, context);
    this.#inbox = new Inbox(this, parts.ws, context);
  }

  get id(): string {
    return `${this.#context.replicaId}-${this.#number.toString(36)}`;
  }

  get user(): User {
    return this.#user;
  }

  get isClosed(): boolean {
    return this.#isClosing || this.#ws.readyState !== this.#ws.OPEN;
  }

  /** Attaches it. Frames that come meanwhile wait. */
  open(ask: AttachRequest): void {
    this.#inbox.open(ask);
  }

  /** A data frame came. */
  received(bytes: Buffer): void {
    this.sawLife();
    if (!this.#isClosing) this.#inbox.take(bytes);
  }

  /** The peer asks for a sign of life. One that does not read what it is sent gets none: its pongs would only pile up. */
  pinged(payload: Buffer): void {
    this.sawLife();
    if (!this.isClosed && this.#outbox.isDrained) this.#ws.pong(payload);
  }

  /** The peer showed that it lives. */
  sawLife(): void {
    this.#unansweredTick = 0;
  }

  /** The peer broke the framing, or the network the connection; the library closes the socket. */
  failed(error: Error): void {
    this.#context.log.debug('socket_failed', {
      connection: this.id,
      kind: 'code' in error ? String(error.code) : error.name,
    });
    this.#outbox.discard();
  }

  frameDone(fault?: unknown): void {
    this.#inbox.done(fault);
  }

  send(frame: SharedFrame): void {
    if (this.isClosed || this.#outbox.push(frame)) return;
    this.#context.meter.slowConsumerClosed();
    this.#context.log.info('slow_consumer_closed', { connection: this.id });
    this.#outbox.discard();
    this.close(closeCodes.slowConsumer, 'slow consumer');
  }

  drained(): Promise<void> {
    return this.isClosed ? Promise.resolve() : this.#outbox.drained();
  }

  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#closeByTick = this.#context.tick + this.#ticks(this.#context.bounds.closeGraceMs);
    this.#inbox.stop();
    if (this.#outbox.isHolding) void this.#outbox.drained().then(() => this.#ws.close(code, closeReason(reason)));
    else this.#ws.close(code, closeReason(reason));
  }

  /** Cuts the socket without a word. */
  terminate(): void {
    this.#isClosing = true;
    this.#inbox.stop();
    this.#ws.terminate();
  }

  async refreshToken(token: string): Promise<void> {
    const { user, expiresAtMs } = await this.#context.verifier.verify(token);
    if (user.id !== this.#user.id) {
      throw new WireError('UNAUTHORIZED', 'The new token is of another user; connect anew to change the user.');
    }
    if (user.isAdmin !== this.#user.isAdmin) {
      throw new WireError('UNAUTHORIZED', 'The new token has other rights; connect anew to use it.');
    }
    this.#user = user;
    this.#expiresAtMs = expiresAtMs;
    this.#isWarned = false;
    this.#tell('token_refreshed', expiresAtMs);
  }

  /** Called at every sweep: pings, dead peers, expiry, overdue closes. */
  beat(nowMs: number): void {
    const { bounds, tick } = this.#context;
    if (this.#isClosing) {
      if (tick >= this.#closeByTick) this.#ws.terminate();
      return;
    }
    // A socket that we do not read shows no life by our own doing.
    if (this.#inbox.isPaused || this.#outbox.takeProgress()) this.sawLife();
    if (this.#unansweredTick > 0 && tick - this.#unansweredTick >= this.#pongTicks()) {
      this.#context.log.debug('peer_gone', { connection: this.id });
      this.terminate();
      return;
    }
    // Each socket has its own phase: ten thousand that connected in one second are not pinged in one.
    if ((tick + this.#number) % this.#ticks(bounds.pingIntervalMs) === 0) {
      this.#ws.ping();
      if (this.#unansweredTick === 0) this.#unansweredTick = tick;
    }
    if (nowMs >= this.#expiresAtMs) this.#expire();
    else if (!this.#isWarned && nowMs >= this.#expiresAtMs - bounds.tokenWarningMs) {
      this.#isWarned = true;
      this.#tell('token_expiring', this.#expiresAtMs);
    }
  }

  /** The socket is gone, whatever the reason. Called once. */
  gone(): void {
    const { clock, meter } = this.#context;
    this.#isClosing = true;
    this.#slot.free();
    this.#outbox.discard();
    this.#inbox.end();
    meter.socketClosed(Math.max(0, Math.round(clock.monotonic() / 1000) - this.#openedSecond));
    this.#context.forget(this);
  }

  #expire(): void {
    this.send(
      this.#frame({
        type: 'error',
        error: {
          code: 'EXPIRED_TOKEN',
          message: 'The token has expired; connect again with a fresh one.',
          recoverable: false,
        },
      }),
    );
    this.close(closeCodes.tokenExpired, 'token expired');
  }

  #tell(status: 'token_expiring' | 'token_refreshed', expiresAtMs: number): void {
    const expiresInMs = Math.max(0, Math.round(expiresAtMs - this.#context.clock.now()));
    this.send(this.#frame({ type: 'connection_status', metadata: { status, expires_in: String(expiresInMs) } }));
  }

  #frame(fields: Omit<SharedFrame['frame'], 'timestamp'>): SharedFrame {
    return new SharedFrame({
      ...fields,
      timestamp: new Date(this.#context.clock.now()).toISOString(),
      sender: 'system',
      user_id: this.#user.id,
    });
  }

  /** At least two: after a stall the next sweep runs before the pong that has come meanwhile is read. */
  #pongTicks(): number {
    const { pongTimeoutMs, sweepMs } = this.#context.bounds;
    return Math.max(2, Math.ceil(pongTimeoutMs / sweepMs));
  }

  #ticks(ms: number): number {
    return Math.max(1, Math.floor(ms / this.#context.bounds.sweepMs));
  }
}

/** A close frame has room for 123 bytes of reason; encodeInto takes no half character. */
function closeReason(reason: string): Buffer {
  const bytes = Buffer.alloc(123);
  const { written } = new TextEncoder().encodeInto(reason, bytes);
  return bytes.subarray(0, written);
}
