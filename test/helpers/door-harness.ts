// Station: test/helpers. The door for sockets on a real HTTP server, with a dispatcher that records. Called by test/integration/door-*.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import { issueToken } from '../../src/server/auth/issue.js';
import { createTokenVerifier, type TokenVerifier } from '../../src/server/auth/verify.js';
import type { AttachRequest } from '../../src/server/chat/api.js';
import type { Dispatcher, FrameSource } from '../../src/server/dispatch/api.js';
import { type SocketDoorSettings, socketDoorDefaults } from '../../src/server/door/settings.js';
import { createSocketDoor, type SocketDoor } from '../../src/server/door/sockets.js';
import { SharedFrame } from '../../src/server/ports/participant.js';
import type { Log, Meter } from '../../src/server/ports/telemetry.js';
import { connectRaw, type RawConnectOptions, type RawSocket } from './raw-socket.js';

/** Parts that a test replaces. */
export interface HarnessOptions {
  readonly settings?: Partial<SocketDoorSettings>;
  readonly clock?: Clock;
  readonly verifier?: TokenVerifier;
  /** In place of a greeting. */
  readonly onOpened?: (source: FrameSource, ask: AttachRequest) => Promise<void>;
  /** In place of an echo. */
  readonly onFrame?: (source: FrameSource, bytes: Buffer) => Promise<void>;
  readonly configure?: (server: Server) => void;
}

/** What the door did. */
export interface Harness {
  readonly door: SocketDoor;
  readonly server: Server;
  readonly port: number;
  readonly clock: Clock;
  /** Sources as dispatch saw them open, and the ids that it saw close. */
  readonly opened: { readonly source: FrameSource; readonly ask: AttachRequest }[];
  readonly closed: string[];
  readonly received: string[];
  /** Every log line, as JSON. */
  readonly logs: string[];
  /** The server's ends of all TCP connections, in order: what was read of each shows in `bytesRead`. */
  readonly ends: Socket[];
  /** How often each meter was called. */
  readonly counts: Map<string, number>;
  token(userId: string, options?: { readonly roles?: readonly string[]; readonly forMs?: number }): Promise<string>;
  /** Opens a socket as a user, or tries to. */
  connect(userId: string, options?: Omit<RawConnectOptions, 'port'>): Promise<RawSocket>;
  /** The same with nothing added. */
  raw(options?: Omit<RawConnectOptions, 'port'>): Promise<RawSocket>;
  stop(): Promise<void>;
}

/** A frame that says `content`. */
export function saying(content: string): SharedFrame {
  return new SharedFrame({ type: 'notification', timestamp: '2026-01-01T00:00:00.000Z', content });
}

/** Starts a server whose only purpose is the door. */
export async function startDoor(options: HarnessOptions = {}): Promise<Harness> {
  const clock = options.clock ?? systemClock;
  const secret = systemRandom.bytes(32);
  const settings = { ...socketDoorDefaults, ...options.settings };
  const verifier =
    options.verifier ??
    createTokenVerifier({ key: { kind: 'hs256', secrets: [{ secret }] }, clockToleranceMs: 5_000 }, { clock });
  const opened: Harness['opened'] = [];
  const [closed, received, logs]: [string[], string[], string[]] = [[], [], []];
  const counts = new Map<string, number>();
  const sockets: RawSocket[] = [];

  const dispatcher: Dispatcher = {
    async opened(source, ask) {
      opened.push({ source, ask });
      if (options.onOpened === undefined) source.send(saying('hello'));
      else await options.onOpened(source, ask);
    },
    frame(source, bytes) {
      received.push(bytes.toString('utf8'));
      if (options.onFrame === undefined) {
        source.send(saying(bytes.toString('utf8')));
        source.frameDone();
      } else {
        options.onFrame(source, bytes).then(
          () => source.frameDone(),
          (fault: unknown) => source.frameDone(fault),
        );
      }
    },
    closed: (source) => void closed.push(source.id),
  };
  const write = (event: string, facts?: unknown, error?: unknown): void => {
    logs.push(JSON.stringify({ event, facts, error: error instanceof Error ? `${error.stack}` : error }));
  };
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const count = (name: string, by = 1): void => void counts.set(name, (counts.get(name) ?? 0) + by);
  const ignored = (): void => count('ignored');
  const meter: Meter = {
    socketOpened: () => count('socketOpened'),
    socketClosed: () => count('socketClosed'),
    framesSent: (frames) => count('framesSent', frames),
    rateLimited: (limiter) => count(`rateLimited ${limiter}`),
    slowConsumerClosed: () => count('slowConsumerClosed'),
    frameReceived: ignored,
    frameFailed: ignored,
    sessionCreated: ignored,
    sessionEnded: ignored,
    llmAsked: ignored,
    llmAnswered: ignored,
    llmFailed: ignored,
    llmFirstToken: ignored,
    storeOperation: ignored,
    resumed: ignored,
    valueUnreadable: ignored,
    sessionTakenOver: ignored,
    adminMessageDropped: ignored,
    httpRequest: ignored,
  };

  const door = createSocketDoor(settings, { verifier, dispatcher, clock, random: systemRandom, log, meter });
  const ends: Socket[] = [];
  const server = createServer((request, response) => {
    void door.refusalOf(request).then(({ status, headers, body }) => {
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  server.on('upgrade', (request, socket, head) => door.handleUpgrade(request, socket, head));
  server.on('connection', (socket) => ends.push(socket));
  options.configure?.(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const harness: Harness = {
    door,
    server,
    port,
    clock,
    opened,
    closed,
    received,
    logs,
    ends,
    counts,
    token: (userId, { roles = ['user'], forMs = 3_600_000 } = {}) =>
      issueToken({ userId, roles, issuedAtMs: clock.now(), expiresAtMs: clock.now() + forMs }, secret),
    async raw(connectOptions = {}) {
      const socket = await connectRaw({ port, ...connectOptions });
      sockets.push(socket);
      return socket;
    },
    async connect(userId, connectOptions = {}) {
      const Authorization = `Bearer ${await harness.token(userId)}`;
      return await harness.raw({ ...connectOptions, headers: { Authorization, ...connectOptions.headers } });
    },
    async stop() {
      door.stop();
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return harness;
}
