// Station: test/helpers. A server in a process of its own that shares its store with others, as replicas do. Started by replica-process.
// argv: its settings as JSON. Says where it listens; ends with SIGTERM, or is killed.
import { systemClock } from '../../dist/common/clock.js';
import { systemRandom } from '../../dist/common/random.js';
import { createApp } from '../../dist/server/app.js';
import { createLocalBus } from '../../dist/server/bus/local-bus.js';
import { httpDoorDefaults } from '../../dist/server/door/http/settings.js';
import { socketDoorDefaults } from '../../dist/server/door/settings.js';
import { createModelDirectory } from '../../dist/server/llm/directory.js';
import { createEchoProvider } from '../../dist/server/llm/echo/echo-provider.js';
import { createMetrics } from '../../dist/server/ops/metrics.js';
import { openMongoStore } from '../../dist/server/store/mongodb/mongodb-store.js';
import { openSqliteStore } from '../../dist/server/store/sqlite/sqlite-store.js';

const { shared, secret, replicaId, floorLeaseMs } = JSON.parse(process.argv[2]);
const complain = (event, _facts, error) => process.stderr.write(`${event}: ${error?.stack ?? ''}\n`);
const log = { debug() {}, info() {}, warn() {}, error: complain };
const metrics = createMetrics({
  storeKind: shared.kind,
  readProcess: () => ({ residentBytes: 0, heapUsedBytes: 0, cpuSeconds: 0, startedAtSeconds: 0 }),
});
const deps = { clock: systemClock, random: systemRandom, log, meter: metrics.meter };
const store = await (shared.kind === 'mongodb' ? openMongoStore(shared, deps) : openSqliteStore(shared, deps));
const models = createModelDirectory([createEchoProvider({ scripted: true, defaults: { delayMs: 0 } }, deps)]);
const bus = createLocalBus((error) => log.error('event_failed', {}, error));
const app = await createApp(
  { ...deps, store, bus, models, metrics },
  {
    listen: { host: '127.0.0.1', port: 0 },
    ops: null,
    http: {
      ...httpDoorDefaults,
      adminRequestsPerMinute: 100_000,
      adminReadsPerMinute: 100_000,
      userRequestsPerMinute: 100_000,
    },
    sockets: socketDoorDefaults,
    auth: { key: { kind: 'hs256', secrets: [{ secret: Buffer.from(secret) }] }, clockToleranceMs: 1_000 },
    frames: { messagesPerMinute: 100_000, actionsPerMinute: 100_000 },
    chat: {
      replicaId,
      systemPrompt: '',
      sessionTimeoutMs: 900_000,
      historyTokens: 8_000,
      maxAnswerBytes: 262_144,
      turnLeaseMs: 15_000,
      checkpointIntervalMs: 200,
      floorLeaseMs,
      floorJoinMs: 60_000,
      maxConcurrentTurns: 100,
      isSoleReplica: false,
    },
    readyRequiresStore: false,
    shutdown: { drainDelayMs: 0, turnGraceMs: 200, timeoutMs: 5_000 },
  },
);
const { httpUrl, wsUrl } = await app.start();
process.stdout.write(`${JSON.stringify({ httpUrl, wsUrl })}\n`);
process.once('SIGTERM', async () => {
  await app.stop();
  await bus.close();
  await store.close();
  metrics.close();
});
