// `--profile`: one extra round of a server under load, recorded by V8, and the functions that its time went to.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'coverage', 'profiles');
const shown = 25;

/** Gives `profiled(server, name, measure)`: before the first measured round, one more under the profiler, if that was asked for. */
export function createProfiler(isOn, say) {
  return async (server, name, measure) => {
    if (!isOn) return measure;
    await measure();
    await server.request('profileStart');
    await measure();
    const profile = await server.request('profileStop');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name}.cpuprofile`);
    writeFileSync(path, JSON.stringify(profile));
    say(`  profile of ${name}: ${relative(root, path)}`);
    for (const line of topFunctions(profile)) say(`    ${line}`);
    return measure;
  };
}

/** Functions by the time spent in themselves. */
function topFunctions(profile) {
  const self = new Map();
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  let total = 0;
  profile.samples.forEach((id, at) => {
    const { functionName, url, lineNumber } = byId.get(id).callFrame;
    const place = url === '' ? '' : ` ${shorten(url)}:${lineNumber + 1}`;
    const key = `${functionName || '(anonymous)'}${place}`;
    const micros = profile.timeDeltas[at];
    total += micros;
    self.set(key, (self.get(key) ?? 0) + micros);
  });
  return [...self]
    .sort((a, b) => b[1] - a[1])
    .slice(0, shown)
    .map(([key, micros]) => `${((micros / total) * 100).toFixed(1).padStart(5)} %  ${key}`);
}

function shorten(url) {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  return path.startsWith(root) ? path.slice(root.length) : path;
}
