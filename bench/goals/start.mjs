// Goals 12 and 13: how soon a command answers, and how soon a server listens.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));
const peer = (name) => fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
const deadlineMs = 20_000;

/** Wall time from spawn to exit, or to the first connection that is accepted. */
export async function run(bench) {
  const times = bench.pairs * 3;
  await runToEnd([peer('empty.mjs')]);
  await runToEnd([bin, '--version']);
  const commands = await rounds(
    times,
    {
      empty: () => runToEnd([peer('empty.mjs')]),
      version: () => runToEnd([bin, '--version']),
      help: () => runToEnd([bin, '--help']),
    },
    bench.progress,
  );
  const serving = await rounds(
    times,
    { imports: () => runToEnd([peer('import-ws-zod.mjs')]), serve: serveToListening },
    bench.progress,
  );
  const cost = { better: 'lower', unit: 'ms' };
  return [
    row({
      ...cost,
      goal: '12',
      what: 'chatbox --version',
      against: 'node empty.mjs',
      floor: 1.6,
      aim: 1.2,
      ours: commands.version,
      peer: commands.empty,
    }),
    row({
      ...cost,
      goal: '12 (help)',
      what: 'chatbox --help',
      against: 'node empty.mjs',
      floor: 1.6,
      aim: 1.2,
      ours: commands.help,
      peer: commands.empty,
    }),
    row({
      ...cost,
      goal: '13',
      what: 'chatbox serve --dev to listening',
      against: 'node importing ws and zod',
      floor: 2,
      aim: 1.3,
      ours: serving.serve,
      peer: serving.imports,
    }),
  ];
}

/** Not pinned to a core, unlike the loads: a start has the whole machine, as it has for whoever waits for it. */
function start(nodeArgs) {
  return spawn(process.execPath, nodeArgs, { stdio: 'ignore', timeout: deadlineMs });
}

function runToEnd(nodeArgs) {
  const startedAt = performance.now();
  const child = start(nodeArgs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      const tookMs = performance.now() - startedAt;
      if (code === 0) resolve(tookMs);
      else reject(new Error(`${nodeArgs.join(' ')} exited with ${code}`));
    });
  });
}

/** Starts a server on an empty folder each time: keys made, store created, all of it counts. */
async function serveToListening() {
  const dataDir = mkdtempSync(join(tmpdir(), 'chatbox-bench-'));
  const port = await freePort();
  const startedAt = performance.now();
  const child = start([bin, 'serve', '--dev', '--port', String(port), '--data-dir', dataDir]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await Promise.race([
      accepted(port),
      ended.then((code) => Promise.reject(new Error(`chatbox serve exited with ${code}`))),
    ]);
    return performance.now() - startedAt;
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function freePort() {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    }),
  );
}

/** Resolves at the first connection that is accepted; a refusal costs the prober, on another core, some 50 microseconds. */
function accepted(port) {
  const deadline = performance.now() + deadlineMs;
  return new Promise((resolve, reject) => {
    const attempt = () => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', () => {
        if (performance.now() > deadline) reject(new Error('chatbox serve did not listen in time'));
        else setTimeout(attempt, 1);
      });
    };
    attempt();
  });
}
