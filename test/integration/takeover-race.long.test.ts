// Station: test/integration. What takeover-race.test.ts does, as often as it was promised.
import { expect, it, onTestFinished } from 'vitest';
import { startApp } from '../helpers/app.js';
import { appStores } from '../helpers/app-stores.js';
import { pumpModel } from '../helpers/pump-model.js';
import { startReplicaProcess } from '../helpers/replica-process.js';
import { withReplicas } from '../helpers/replicas.js';
import { raceForSessions, takeInMidAnswer } from '../helpers/takeover-load.js';

const stores = await appStores();
const tell = (what: string): void => void process.stdout.write(`${what}\n`);

it('two admins race for one session 1,000 times on one server: exactly one holder each time', async () => {
  const app = await startApp({
    settings: (all) => ({ ...all, frames: { messagesPerMinute: 100_000, actionsPerMinute: 100_000 } }),
  });
  onTestFinished(() => app.stop());
  const wins = await raceForSessions([app, app], app.store, 1_000);
  tell(`races on one server: ${wins.join(' : ')}`);
  expect(wins[0] + wins[1]).toBe(1_000);
});

it.each(stores.map((store) => [store.name, store] as const))(
  'two admins race for one session many times on two server processes with one store, on %s: exactly one holder each time',
  async (name, { database }) => {
    const { shared, open, remove } = await database();
    onTestFinished(remove);
    const store = await open();
    onTestFinished(() => store.close());
    const start = (replicaId: string) => startReplicaProcess(shared, { replicaId, floorLeaseMs: 30_000 });
    // A server that looks up nothing but _id by index takes longer with every session.
    const rounds = name === 'SQLite' ? 1_000 : 200;
    const wins = await raceForSessions([await start('a'), await start('b')], store, rounds);
    tell(`${rounds} races on two servers, ${name}: ${wins.join(' : ')}`);
    expect(wins[0] + wins[1]).toBe(rounds);
  },
);

it('a takeover in the middle of an answer, 500 times: no piece of it reaches any socket after its admin_join', async () => {
  const app = await startApp({
    providers: [pumpModel()],
    settings: (all) => ({ ...all, frames: { messagesPerMinute: 100_000, actionsPerMinute: 100_000 } }),
  });
  onTestFinished(() => app.stop());
  const pieces = await takeInMidAnswer([app, app, app], app.store, 500);
  tell(`pieces before 500 takeovers: ${pieces}`);
  expect(pieces).toBeGreaterThan(500);
});

// Without a bus a server sees only on its next look into the store that it has lost the session.
it.each([
  ['one bus', 500],
  ['no bus', 10],
] as const)(
  'a takeover in the middle of an answer of another server, with %s, %i times: no piece of it reaches any socket after its admin_join',
  async (between, times) => {
    const frames = { messagesPerMinute: 100_000, actionsPerMinute: 100_000 };
    await withReplicas(between, { provider: pumpModel(), frames }, async ({ a, b }) => {
      const pieces = await takeInMidAnswer([a, b, b], a.store, times);
      tell(`pieces before ${times} takeovers on two servers with ${between}: ${pieces}`);
      expect(pieces).toBeGreaterThan(times);
    });
  },
);
