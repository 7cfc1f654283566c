// The processes of one bench: servers on their core, loads on theirs, all ended together.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cores, startChild } from './processes.mjs';

const seedDeadlineMs = 120_000;

/** What docs/operations.md advises for a busy server; the peers get the same. */
const busyServer = ['--max-semi-space-size=64'];

/** Makes an empty stage. `end` stops everything that was started on it, also after a failure half-way. Without `isBusy` servers and peers keep Node's own young heap. */
function createStage({ isBusy }) {
  const children = [];
  const folders = [];
  const start = async (path, options) => {
    const child = await startChild(path, options);
    children.push(child);
    return child;
  };
  const stop = async (child) => {
    children.splice(children.indexOf(child), 1);
    await child.stop();
  };
  const server = (path) =>
    start(path, { core: cores.server, nodeArgs: ['--expose-gc', ...(isBusy ? busyServer : [])] });

  return {
    /** A peer, with where it listens. */
    async peer(path, args) {
      const child = await server(path);
      return { child, target: await child.request('listen', args) };
    },
    /**
     * The server under test, with where it listens and a token for each user and admin. `store` is `sqlite` or `forgetful`, sealed with `isSealed`; with `held` a person holds one session of each user.
     */
    async chatbox({ users, admins = 0, held = false, store = 'sqlite', isSealed = false, upstreamPort }) {
      const dataDir = mkdtempSync(join(tmpdir(), 'chatbox-bench-'));
      folders.push(dataDir);
      const seeder = await start('servers/seeder.mjs', { core: cores.load });
      const isSeeded = held && store === 'sqlite';
      const { secret, tokens, adminTokens } = await seeder.request(
        'prepare',
        { users, admins, ...(isSeeded ? { dataDir } : {}) },
        seedDeadlineMs,
      );
      await stop(seeder);
      const child = await server('servers/chatbox.mjs');
      const forgetful = store === 'forgetful' ? users : undefined;
      const target = await child.request('listen', { dataDir, secret, forgetful, isSealed, upstreamPort });
      return { child, target: { ...target, tokens, adminTokens } };
    },
    appender: () => server('servers/appender.mjs'),
    bigStore: () => server('servers/big-store.mjs'),
    /** Not pinned to a core: while keys are rotated nobody waits, and who rotates them has the whole machine. Its bare side has it too, and the young heap that docs/operations.md advises. */
    resealer: () => start('servers/resealer.mjs', { nodeArgs: busyServer }),
    mongoStore: () => server('servers/mongo-store.mjs'),
    upstream: () => start('servers/upstream.mjs', { core: cores.load }),
    load: () => start('load/client.mjs', { core: cores.load }),
    /** A screen, on the core of the load: it is somebody's own machine, not the server's. */
    screen: (path) => start(path, { core: cores.load, nodeArgs: ['--expose-gc'], env: { NODE_ENV: 'production' } }),
    async end() {
      await Promise.all(children.splice(0).map((child) => child.stop()));
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs `play` on a stage that is cleared afterwards. */
export async function onStage(play, { isBusy = true } = {}) {
  const stage = createStage({ isBusy });
  try {
    return await play(stage);
  } finally {
    await stage.end();
  }
}

/** Seconds of processor that a process has used; 0 where the system does not tell. */
export function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    // Not Linux: the figure is only shown, nothing depends on it.
    return 0;
  }
}

/** Throws when a load met an error, so that no figure of a broken run is ever shown. */
export function assertCalm(what, { trouble }) {
  if (trouble.count > 0) throw new Error(`${what}: ${trouble.count} failures under load: ${trouble.seen.join(' | ')}`);
}
