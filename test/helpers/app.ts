// A whole server in this process, on real sockets and a real SQLite file in a temporary folder, or on another store. For integration tests.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import { type App, type AppPorts, createApp, type Listening } from '../../src/server/app.js';
import type { AppSettings } from '../../src/server/app-settings.js';
import { issueToken } from '../../src/server/auth/issue.js';
import { createLocalBus } from '../../src/server/bus/local-bus.js';
import { httpDoorDefaults } from '../../src/server/door/http/settings.js';
import { socketDoorDefaults } from '../../src/server/door/settings.js';
import { createModelDirectory } from '../../src/server/llm/directory.js';
import { createEchoProvider } from '../../src/server/llm/echo/echo-provider.js';
import { createMetrics } from '../../src/server/ops/metrics.js';
import type { Bus } from '../../src/server/ports/bus.js';
import type { LlmProvider } from '../../src/server/ports/llm.js';
import type { Store, StoreAdapter } from '../../src/server/ports/store.js';
import type { Log } from '../../src/server/ports/telemetry.js';
import { openSqliteStore } from '../../src/server/store/sqlite/sqlite-store.js';

const secret = Buffer.from('test-only-0123456789abcdefghijklmnopqrstuvwxyz');

/** What a test may change of the server. */
export interface TestAppOptions {
  readonly providers?: readonly LlmProvider[];
  /** Another store than SQLite. */
  readonly openStore?: { readonly kind: 'mongodb'; readonly open: () => Promise<StoreAdapter> };
  /** Wraps the store, to make it fail at a step. */
  readonly wrapStore?: (store: Store) => Store;
  readonly settings?: (defaults: AppSettings) => AppSettings;
  /** Keep what another server left there; the caller removes it. */
  readonly dataDir?: string;
  readonly bus?: Bus;
  readonly log?: Log;
}

/** A running server. */
export interface TestApp extends Listening {
  readonly app: App;
  readonly store: Store;
  readonly dataDir: string;
  token(
    userId: string,
    options?: { readonly roles?: readonly string[]; readonly name?: string; readonly ttlMs?: number },
  ): Promise<string>;
  /** A request with that user's token; resolves to status and parsed body. */
  http(
    userId: string,
    method: string,
    path: string,
    body?: unknown,
    roles?: readonly string[],
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  stop(): Promise<void>;
}

/** A log that keeps the lines, for tests that read them. */
export function recordingLog(): Log & {
  readonly lines: { level: string; event: string; facts: unknown; error: unknown }[];
} {
  const lines: { level: string; event: string; facts: unknown; error: unknown }[] = [];
  const at = (level: string) => (event: string, facts?: unknown, error?: unknown) =>
    void lines.push({ level, event, facts, error });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The echo model at full speed, scripted by what the user says. */
export function fastEcho(): LlmProvider {
  return createEchoProvider({ scripted: true, defaults: { delayMs: 0 } }, { clock: systemClock, random: systemRandom });
}

const defaults: AppSettings = {
  listen: { host: '127.0.0.1', port: 0 },
  ops: null,
  http: {
    ...httpDoorDefaults,
    publicRequestsPerMinute: 10_000,
    adminRequestsPerMinute: 10_000,
    adminReadsPerMinute: 10_000,
    userRequestsPerMinute: 10_000,
  },
  sockets: { ...socketDoorDefaults, sweepMs: 100 },
  auth: { key: { kind: 'hs256', secrets: [{ secret }] }, clockToleranceMs: 1_000 },
  frames: { messagesPerMinute: 10_000, actionsPerMinute: 10_000 },
  chat: {
    replicaId: 'replica-under-test',
    systemPrompt: 'You are a test.',
    sessionTimeoutMs: 900_000,
    sessionRetentionMs: null,
    historyTokens: 8_000,
    maxAnswerBytes: 262_144,
    turnLeaseMs: 15_000,
    checkpointIntervalMs: 200,
    floorLeaseMs: 30_000,
    floorJoinMs: 60_000,
    maxConcurrentTurns: 100,
    isSoleReplica: true,
  },
  readyRequiresStore: false,
  shutdown: { drainDelayMs: 0, turnGraceMs: 200, timeoutMs: 5_000 },
};

/** Starts a server on free ports. */
export async function startApp(options: TestAppOptions = {}): Promise<TestApp> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'chatbox-test-')));
  const log = options.log ?? recordingLog();
  const settings = options.settings?.(defaults) ?? defaults;
  const metrics = createMetrics({
    storeKind: options.openStore?.kind ?? 'sqlite',
    readProcess: () => ({ residentBytes: 0, heapUsedBytes: 0, cpuSeconds: 0, startedAtSeconds: 0 }),
  });
  const opened: Store =
    options.openStore === undefined
      ? await openSqliteStore({ dataDir }, { clock: systemClock, log, meter: metrics.meter })
      : await options.openStore.open();
  const store = options.wrapStore?.(opened) ?? opened;
  const models = createModelDirectory(options.providers ?? [fastEcho()]);
  const bus = options.bus ?? createLocalBus((error) => log.error('event_failed', {}, error));
  const ports: AppPorts = {
    store,
    bus,
    models,
    clock: systemClock,
    random: systemRandom,
    log,
    meter: metrics.meter,
    metrics,
  };
  const app = await createApp(ports, settings);
  const listening = await app.start();

  async function token(
    userId: string,
    more: { roles?: readonly string[]; name?: string; ttlMs?: number } = {},
  ): Promise<string> {
    const now = Date.now();
    return await issueToken(
      {
        userId,
        roles: more.roles ?? ['user'],
        issuedAtMs: now,
        expiresAtMs: now + (more.ttlMs ?? 3_600_000),
        ...(more.name === undefined ? {} : { name: more.name }),
      },
      secret,
    );
  }

  return {
    ...listening,
    app,
    store,
    dataDir,
    token,
    async http(userId, method, path, body, roles) {
      const response = await fetch(`${listening.httpUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await token(userId, roles === undefined ? {} : { roles })}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
    },
    async stop() {
      await app.stop();
      await bus.close();
      await models.close();
      await opened.close();
      metrics.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
