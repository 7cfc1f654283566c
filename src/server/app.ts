// Station: app. Puts the house together over its ports, starts and stops it; touches no process and no environment. Called by main, benches and tests.
import type { AddressInfo } from 'node:net';
import type { Clock } from '../common/clock.js';
import type { Random } from '../common/random.js';
import { closeCodes } from '../protocol/close-codes.js';
import { metricNames } from '../protocol/metric-names.js';
import type { AppSettings } from './app-settings.js';
import { createTokenVerifier } from './auth/verify.js';
import type { Chat } from './chat/api.js';
import { createChat } from './chat/create-chat.js';
import type { ModelDirectory } from './chat/settings.js';
import { createDispatcher } from './dispatch/dispatcher.js';
import { createHttpDoor } from './door/http/http-door.js';
import { createOpsDoor } from './door/http/ops-door.js';
import type { MetricsSource } from './door/http/settings.js';
import { createSocketDoor, type SocketDoor } from './door/sockets.js';
import type { Metrics } from './ops/metrics.js';
import { createReadiness, llmCheck, storeCheck } from './ops/readiness.js';
import type { Bus } from './ports/bus.js';
import type { LlmProvider } from './ports/llm.js';
import type { Store } from './ports/store.js';
import type { Log, Meter } from './ports/telemetry.js';

/** What the app stands on. Whoever made them closes them, after `stop`. */
export interface AppPorts {
  readonly store: Store;
  readonly bus: Bus;
  readonly models: ModelDirectory & { readonly providers: readonly LlmProvider[] };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly metrics: MetricsSource & Pick<Metrics, 'watch'>;
}

/** Where it listens. */
export interface Listening {
  /** With the path prefix. */
  readonly httpUrl: string;
  readonly wsUrl: string;
  readonly opsUrl: string | null;
  readonly port: number;
}

/** A server that was put together. */
export interface App {
  readonly chat: Chat;
  /** Finishes what a crash left, then listens. Rejects when a port cannot be had or the store cannot be read. */
  start(): Promise<Listening>;
  /** One memoised shutdown, in the order of DESIGN.md section 6. */
  stop(): Promise<void>;
}

const closeSpreadShare = 0.3;
/** Clients come back spread over about so long for each; a handful need no spreading. */
const spreadPerSocketMs = 2;
const flushMs = 2_000;
const retryBaseMs = 1_000;
const retrySpreadMs = 4_000;

/** Puts the app together. Nothing runs before `start`. */
export async function createApp(ports: AppPorts, settings: AppSettings): Promise<App> {
  const { clock, random, log, meter } = ports;
  const verifier = createTokenVerifier(settings.auth, { clock });
  const chat = createChat(ports, settings.chat);
  const dispatcher = createDispatcher(settings.frames, { chat, clock, log, meter });
  const sockets = createSocketDoor(settings.sockets, { verifier, dispatcher, clock, random, log, meter });
  const readiness = createReadiness(
    {
      requiresStore: settings.readyRequiresStore,
      checks: { [ports.store.kind]: storeCheck(ports.store), llm: llmCheck(ports.models.providers) },
    },
    { clock },
  );
  const deps = {
    chat,
    verifier,
    refuseUpgrade: sockets.refusalOf,
    readiness,
    metrics: ports.metrics,
    meter,
    clock,
    log,
  };
  const http = await createHttpDoor(settings.http, deps);
  http.server.on('upgrade', sockets.handleUpgrade);
  const ops = settings.ops === null ? null : createOpsDoor(settings.http, deps);
  ports.metrics.watch({
    name: metricNames.activeSessions,
    help: 'Sessions that are live on this replica.',
    read: () => chat.live().sessions,
  });
  ports.metrics.watch({
    name: metricNames.answersInFlight,
    help: 'Answers being written now.',
    read: () => chat.live().answering,
  });

  async function start(): Promise<Listening> {
    await chat.start();
    await http.listen(settings.listen);
    if (ops !== null && settings.ops !== null) await ops.listen(settings.ops);
    readiness.booted();
    return listening(settings, http, ops);
  }

  async function shutdown(): Promise<void> {
    const { drainDelayMs, turnGraceMs } = settings.shutdown;
    readiness.draining();
    await pause(clock, drainDelayMs);
    sockets.drain();
    await chat.drain({
      graceMs: turnGraceMs,
      retryAfterMs: () => retryBaseMs + random.fraction() * retrySpreadMs,
    });
    await closeSockets(sockets, settings);
    await chat.stop();
    await http.close();
    await ops?.close();
  }

  let stopping: Promise<void> | undefined;
  return {
    chat,
    start,
    stop() {
      stopping ??= shutdown().finally(() => sockets.stop());
      return stopping;
    },
  };
}

function closeSockets(sockets: SocketDoor, { shutdown }: AppSettings): Promise<void> {
  const leftMs = shutdown.timeoutMs - shutdown.drainDelayMs - shutdown.turnGraceMs;
  return sockets.closeAll({
    code: closeCodes.restarting,
    reason: 'the server restarts',
    spreadMs: Math.max(0, Math.min(Math.round(leftMs * closeSpreadShare), sockets.connections * spreadPerSocketMs)),
    flushMs,
  });
}

function pause(clock: Clock, ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => void clock.after(ms, resolve));
}

type HttpServer = Pick<Awaited<ReturnType<typeof createHttpDoor>>, 'server'>;

function listening(settings: AppSettings, http: HttpServer, ops: HttpServer | null): Listening {
  const { pathPrefix } = settings.http;
  const address = hostAndPort(http);
  return {
    httpUrl: `http://${address}${pathPrefix}`,
    wsUrl: `ws://${address}${pathPrefix}/ws`,
    opsUrl: ops === null ? null : `http://${hostAndPort(ops)}`,
    port: addressOf(http).port,
  };
}

function addressOf(server: HttpServer): AddressInfo {
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no TCP port');
  return address;
}

/** A wildcard address is shown as one that a client on this machine can use. */
function hostAndPort(server: HttpServer): string {
  const { address, port } = addressOf(server);
  if (address === '0.0.0.0' || address === '::') return `127.0.0.1:${port}`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
