// Station: test/integration. Takeover under race, in mid-answer, and when an admin or a server is killed. The long suite does the same more often.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AppStore, appStores } from '../helpers/app-stores.js';
import { pumpModel } from '../helpers/pump-model.js';
import { startReplicaProcess } from '../helpers/replica-process.js';
import { connectAdmin, isOf, isStatus, join, logOf, reply, say } from '../helpers/takeover.js';
import { raceForSessions, takeInMidAnswer } from '../helpers/takeover-load.js';
import { connect } from '../helpers/wire-client.js';

const stores = await appStores();

async function started({ start }: AppStore, options: Parameters<AppStore['start']>[0] = {}) {
  const app = await start(options);
  onTestFinished(() => app.stop());
  return app;
}

/** Two server processes on one store, and that store. */
async function twoProcesses({ database }: AppStore, floorLeaseMs: number) {
  const { shared, open, remove } = await database();
  onTestFinished(remove);
  const store = await open();
  onTestFinished(() => store.close());
  const start = (replicaId: string) => startReplicaProcess(shared, { replicaId, floorLeaseMs });
  return { shared: store, servers: [await start('a'), await start('b')] as const };
}

/** A server that looks up nothing but _id by index takes its time: fewer rounds there. */
const roundsOn = (name: string, rounds: number): number => (name === 'SQLite' ? rounds : Math.ceil(rounds / 5));

describe.each(stores.map((store) => [store.name, store] as const))('on %s', (name, store) => {
  const rounds = (most: number): number => roundsOn(name, most);

  describe('two admins race for one session', () => {
    it(`${rounds(50)} times on one server: exactly one holder each time`, { timeout: 60_000 }, async () => {
      const app = await started(store);
      const wins = await raceForSessions([app, app], app.store, rounds(50));
      expect(wins[0] + wins[1]).toBe(rounds(50));
      expect(await app.store.notes('floor/')).toEqual([]);
    });

    it(`${rounds(50)} times on two server processes with one store: exactly one holder each time`, {
      timeout: 60_000,
    }, async () => {
      const { shared, servers } = await twoProcesses(store, 30_000);
      const wins = await raceForSessions(servers, shared, rounds(50));
      expect(wins[0] + wins[1]).toBe(rounds(50));
      expect(Math.min(...wins)).toBeGreaterThan(0);
    });
  });

  describe('a takeover in the middle of an answer', () => {
    it(`${rounds(30)} times: no piece of it reaches any socket after its admin_join`, { timeout: 60_000 }, async () => {
      const app = await started(store, { providers: [pumpModel()] });
      expect(await takeInMidAnswer([app, app, app], app.store, rounds(30))).toBeGreaterThan(rounds(30));
    });
  });

  describe('killed with kill -9', () => {
    // Leases outlive the slowest answer.
    const leaseMs = name === 'SQLite' ? 1_200 : 4_000;

    it('the admin’s process: the user is told at once, and the model is back within the lease and 5 s', {
      timeout: 60_000,
    }, async () => {
      const app = await started(store, {
        settings: (all) => ({ ...all, chat: { ...all.chat, floorLeaseMs: leaseMs } }),
      });
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      await ada.answer();
      const program = fileURLToPath(new URL('../helpers/admin-child.mjs', import.meta.url));
      const token = await app.token('bea', { roles: ['admin'], name: 'Bea' });
      const child = spawn(process.execPath, [program, app.httpUrl, token, session], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      await once(child.stdout, 'data');
      await ada.until('who took it', isOf('admin_join'));
      // Longer than a lease: the live socket keeps it.
      const until = Date.now() + 2 * leaseMs;
      while (Date.now() < until) await say(ada, `at ${Date.now()}`);
      expect(ada.frames.some(isOf('admin_leave'))).toBe(false);
      child.kill('SIGKILL');
      const killedAt = Date.now();
      await ada.until('away', isStatus('admin_away'));
      const left = await ada.until('left', isOf('admin_leave'));
      expect(Date.now() - killedAt).toBeLessThan(leaseMs + 5_000);
      expect(left.metadata).toMatchObject({ admin_name: 'Bea', reason: 'connection_lost' });
      await say(ada, 'are you back?');
      expect((await ada.answer()).text).not.toBe('');
    });

    it('the admin’s server: a user on another one is told, and the model is back within the lease and 5 s', {
      timeout: 60_000,
    }, async () => {
      const { shared, servers } = await twoProcesses(store, leaseMs);
      const [a, b] = servers;
      const ada = await connect(b, 'ada');
      const session = await say(ada, 'one');
      await ada.answer();
      const bea = await connectAdmin(a);
      await join(bea, session);
      await ada.until('who took it', isOf('admin_join'));
      await reply(bea, session, 'hello');
      await ada.until('the words', ({ content }) => content === 'hello');
      await a.kill();
      const killedAt = Date.now();
      await ada.until('left', isOf('admin_leave'));
      expect(Date.now() - killedAt).toBeLessThan(leaseMs + 5_000);
      await say(ada, 'are you back?');
      expect((await ada.answer()).text).not.toBe('');
      expect((await logOf({ store: shared }, session)).slice(0, 5)).toEqual([
        'user: one',
        expect.stringContaining('ai: '),
        'floor 1: bea',
        'admin: hello',
        'floor 2: ai lapsed',
      ]);
      // The admin finds another server, and the session where it is.
      await join(await connectAdmin(b), session);
    });
  });
});
