// Station: test/helpers. A listening HTTP door on a fake core, with tokens that name their user. Called by tests of door/http.
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { WireError } from '../../src/protocol/errors.js';
import type { ReadinessReport } from '../../src/protocol/http-probes.js';
import type { TokenVerifier } from '../../src/server/auth/verify.js';
import { createHttpDoor } from '../../src/server/door/http/http-door.js';
import { type HttpDoorDeps, type HttpDoorSettings, httpDoorDefaults } from '../../src/server/door/http/settings.js';
import { refuse } from '../../src/server/door/refusal.js';
import type { LogFacts } from '../../src/server/ports/telemetry.js';
import { createFakeChat, type FakeChat } from './fake-chat.js';
import { createFakeClock, type FakeClock } from './fake-clock.js';
import { createFakeMeter, type FakeMeter } from './fake-meter.js';
import { type Ask, contractClient } from './http-contract.js';

/** A line of the log as it was handed to the port. */
export interface Logged {
  readonly level: string;
  readonly event: string;
  readonly facts: LogFacts | undefined;
  readonly error: unknown;
}

/** A door that listens on 127.0.0.1. */
export interface DoorBench {
  readonly app: FastifyInstance;
  readonly chat: FakeChat;
  readonly clock: FakeClock;
  readonly meter: FakeMeter;
  readonly logged: Logged[];
  readonly port: number;
  /** Asks below the prefix, and holds the answer against the contract. */
  readonly ask: Ask;
  close(): Promise<void>;
}

/** `user:<id>` and `admin:<id>` are good tokens, `expired` has expired, everything else is bad. */
const fakeVerifier: TokenVerifier = {
  async verify(token) {
    const [kind, id] = token.split(':');
    if (token === 'expired') throw new WireError('EXPIRED_TOKEN', 'The token has expired; get a fresh one.');
    if ((kind !== 'user' && kind !== 'admin') || id === undefined) {
      throw new WireError('INVALID_TOKEN', 'The token is not valid: its signature does not match.');
    }
    const user = { id, name: id, isAdmin: kind === 'admin' };
    return { user, roles: [kind], expiresAtMs: Number.MAX_SAFE_INTEGER, issuedAtMs: null };
  },
};

/** Starts a door; what is not given is the default, with limits that no ordinary test reaches. */
export async function startDoor(
  settings: Partial<HttpDoorSettings> = {},
  deps: Partial<HttpDoorDeps> & { readonly chat?: FakeChat } = {},
): Promise<DoorBench> {
  const chat = deps.chat ?? createFakeChat();
  const clock = createFakeClock();
  const meter = createFakeMeter();
  const logged: Logged[] = [];
  const line = (level: string) => (event: string, facts?: LogFacts, error?: unknown) =>
    void logged.push({ level, event, facts, error });
  const ready: ReadinessReport = {
    status: 'ready',
    timestamp: '2026-01-01T00:00:00.000Z',
    checks: { sqlite: { status: 'ready' } },
  };
  const all: HttpDoorSettings = {
    ...httpDoorDefaults,
    userRequestsPerMinute: 10_000,
    adminRequestsPerMinute: 10_000,
    adminReadsPerMinute: 10_000,
    publicRequestsPerMinute: 10_000,
    ...settings,
  };
  const app = await createHttpDoor(all, {
    verifier: fakeVerifier,
    refuseUpgrade: async () => refuse(400, 'BAD_REQUEST', 'The upgrade headers are missing.'),
    readiness: { report: async () => ready },
    metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'chatbox_test 1\n' },
    meter,
    clock,
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    ...deps,
    chat,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const ask = contractClient(`http://127.0.0.1:${port}${all.pathPrefix}`);
  return { app, chat, clock, meter, logged, port, ask, close: () => app.close() };
}
