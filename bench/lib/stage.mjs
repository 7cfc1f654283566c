// The processes of one bench: servers on their core, loads on theirs, all ended together.
import { readFileSync } from 'node:fs';
import { cores, startChild } from './processes.mjs';

/** Makes an empty stage. `end` stops everything that was started on it, also after a failure half-way. */
export function createStage() {
  const children = [];
  const start = async (path, options) => {
    const child = await startChild(path, options);
    children.push(child);
    return child;
  };
  return {
    server: (path, nodeArgs = []) => start(path, { core: cores.server, nodeArgs: ['--expose-gc', ...nodeArgs] }),
    upstream: () => start('servers/upstream.mjs', { core: cores.load }),
    load: () => start('load/client.mjs', { core: cores.load }),
    async stop(child) {
      children.splice(children.indexOf(child), 1);
      await child.stop();
    },
    async end() {
      await Promise.all(children.splice(0).map((child) => child.stop()));
    },
  };
}

/** Runs `play` on a stage that is cleared afterwards. */
export async function onStage(play) {
  const stage = createStage();
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
