// Station: door. The door for sockets: upgrades, live connections, the one sweep, draining. Made and wired by app.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../common/clock.js';
import { type Random, toHex } from '../../common/random.js';
import type { TokenVerifier } from '../auth/verify.js';
import type { Dispatcher } from '../dispatch/api.js';
import { SharedFrame } from '../ports/participant.js';
import type { Log, Meter } from '../ports/telemetry.js';
import { trustProxies } from './client-address.js';
import { type CloseWaves, closeInWaves } from './close-waves.js';
import { Connection, type ConnectionContext } from './connection.js';
import { ConnectionLimits } from './connection-limits.js';
import { createProtocolServer } from './protocol-server.js';
import { type Refusal, refuse, refuseForNow, writeRefusal } from './refusal.js';
import type { SocketDoorSettings } from './settings.js';
import { TickWrites } from './tick-writes.js';
import {
  capRefusal,
  decideUpgrade,
  drainingRefusal,
  factsOf,
  handshakeRefusal,
  type UpgradeContext,
} from './upgrade.js';

/** What the door needs. */
export interface SocketDoorDeps {
  readonly verifier: TokenVerifier;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/** The door for sockets. */
export interface SocketDoor {
  /** The listener of the HTTP server's `upgrade` event. Never throws; every request ends as a connection or as one HTTP answer. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Why an upgrade with these headers would be refused; 400 when only the upgrade headers are missing. For `GET <prefix>/ws`. Takes no slot. */
  refusalOf(request: IncomingMessage): Promise<Refusal>;
  /** Open sockets now. */
  readonly connections: number;
  /** From now on upgrades are refused with 503 and `Retry-After`; open sockets stay. */
  drain(): void;
  /** Sends one frame to every open socket. */
  notifyAll(frame: SharedFrame): void;
  /** Closes every socket in jittered waves, letting each send what it holds; resolves when all are gone, at the latest after `spreadMs + flushMs`. */
  closeAll(waves: CloseWaves): Promise<void>;
  /** Stops sweeping and cuts what is left. Idempotent. */
  stop(): void;
}

/** Makes the door, and starts its sweep. */
export function createSocketDoor(settings: SocketDoorSettings, deps: SocketDoorDeps): SocketDoor {
  const { clock, dispatcher, verifier, log, meter } = deps;
  const connections = new Set<Connection>();
  const limits = new ConnectionLimits<Connection>(settings.caps);
  const isTrusted = trustProxies(settings.trustedProxies);
  const refusals = new Map<number, number>();
  let isDraining = false;
  let upgradesInProgress = 0;
  let opened = 0;
  let tick = 0;

  const context: ConnectionContext = {
    bounds: settings,
    writes: new TickWrites((frames) => meter.framesSent(frames)),
    dispatcher,
    verifier,
    clock,
    log,
    meter,
    replicaId: toHex(deps.random.bytes(8)),
    get tick() {
      return tick;
    },
    forget: (connection) => connections.delete(connection),
  };
  const upgradeContext: UpgradeContext = { verifier, isTrusted, clock, log, limits, isDraining: () => isDraining };

  const server = createProtocolServer(settings);
  server.on('wsClientError', (_error, socket) => {
    writeRefusal(socket, refuse(400, 'BAD_REQUEST', 'A WebSocket header of the request is malformed.'), clock);
  });

  function turnAway(socket: Duplex, refusal: Refusal): void {
    refusals.set(refusal.status, (refusals.get(refusal.status) ?? 0) + 1);
    if (refusal.status === 429) meter.rateLimited('connections');
    writeRefusal(socket, refusal, clock);
  }

  function tellFull(userId: string): void {
    const frame = new SharedFrame({
      type: 'notification',
      timestamp: new Date(clock.now()).toISOString(),
      sender: 'system',
      user_id: userId,
      content: `Another device could not connect: at most ${settings.caps.perUser} connections are allowed.`,
      metadata: { code: 'CONNECTION_LIMIT_EXCEEDED' },
    });
    for (const connection of limits.holders(userId)) connection.send(frame);
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const facts = factsOf(request);
    const decision = await decideUpgrade(facts, settings, upgradeContext);
    if (decision.kind === 'refused') {
      if (decision.fullUserId !== undefined) tellFull(decision.fullUserId);
      turnAway(socket, decision.refusal);
      return;
    }
    if (isDraining) {
      turnAway(socket, drainingRefusal(settings));
      return;
    }
    const slot = limits.take(decision.claims.user.id, decision.addressKey);
    if (typeof slot === 'string') {
      if (slot === 'user') tellFull(decision.claims.user.id);
      turnAway(socket, capRefusal(slot, settings));
      return;
    }
    let connection: Connection | null = null;
    server.handleUpgrade(request, socket, head, (ws) => {
      socket.removeListener('error', ignoreError);
      opened += 1;
      connection = new Connection({ number: opened, ws, socket, claims: decision.claims, slot }, context);
      slot.holder = connection;
      ws.connection = connection;
      connections.add(connection);
      meter.socketOpened();
      connection.open(decision.ask);
    });
    // The client hung up meanwhile, or the library refused it: no socket, no slot (finding R21).
    if (connection === null) slot.free();
  }

  /** One line a sweep, however many come: who is refused can't fill the log, and an operator still sees a wrong origin list. */
  function reportRefusals(): void {
    for (const [status, count] of refusals) log.info('upgrades_refused', { status, count });
    refusals.clear();
  }

  function sweep(): void {
    tick += 1;
    if (refusals.size > 0) reportRefusals();
    const nowMs = clock.now();
    for (const connection of connections) connection.beat(nowMs);
    nextSweep = clock.after(settings.sweepMs, sweep);
  }
  let nextSweep = clock.after(settings.sweepMs, sweep);

  return {
    handleUpgrade(request, socket, head) {
      socket.on('error', ignoreError);
      const refusal =
        handshakeRefusal(factsOf(request), settings) ??
        (upgradesInProgress >= settings.maxUpgradesInProgress
          ? refuseForNow('Too many clients are connecting at once; try again shortly.', settings.refusedRetryMs)
          : null);
      if (refusal !== null) {
        turnAway(socket, refusal);
        return;
      }
      upgradesInProgress += 1;
      upgrade(request, socket, head)
        .catch((cause: unknown) => {
          log.error('upgrade_failed', {}, cause);
          socket.destroy();
        })
        .finally(() => {
          upgradesInProgress -= 1;
        });
    },
    async refusalOf(request) {
      const decision = await decideUpgrade(factsOf(request), settings, upgradeContext);
      if (decision.kind === 'refused') return decision.refusal;
      return refuse(400, 'BAD_REQUEST', 'This address speaks WebSocket: the upgrade headers are missing.');
    },
    get connections() {
      return connections.size;
    },
    drain() {
      isDraining = true;
    },
    notifyAll(frame) {
      for (const connection of connections) connection.send(frame);
    },
    closeAll: (waves) => closeInWaves(connections, waves, { clock, random: deps.random }),
    stop() {
      isDraining = true;
      nextSweep.cancel();
      for (const connection of connections) connection.terminate();
    },
  };
}

/** Between the HTTP server and the WebSocket library somebody must listen, or a reset connection would end the process. Its end is seen elsewhere. */
const ignoreError = (): void => undefined;
