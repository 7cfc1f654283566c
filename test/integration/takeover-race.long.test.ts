// Station: test/integration. What takeover-race.test.ts does, as often as it was promised.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { openSqliteStore } from '../../src/server/store/sqlite/sqlite-store.js';
import { recordingLog, startApp } from '../helpers/app.js';
import { pumpModel } from '../helpers/pump-model.js';
import { startReplicaProcess } from '../helpers/replica-process.js';
import { raceForSessions, takeInMidAnswer } from '../helpers/takeover-load.js';

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

it('two admins race for one session 1,000 times on two server processes with one store: exactly one holder each time', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'chatbox-takeover-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const store = await openSqliteStore({ dataDir }, { clock: systemClock, log: recordingLog() });
  onTestFinished(() => store.close());
  const start = (replicaId: string) => startReplicaProcess(dataDir, { replicaId, floorLeaseMs: 30_000 });
  const wins = await raceForSessions([await start('a'), await start('b')], store, 1_000);
  tell(`races on two servers: ${wins.join(' : ')}`);
  expect(wins[0] + wins[1]).toBe(1_000);
});

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
