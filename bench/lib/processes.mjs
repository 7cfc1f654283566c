// Starts the processes of a bench, each pinned to its core, talks to them over IPC, and ends every one of them by its id.
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const running = new Set();
const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-V'], { stdio: 'ignore' }).status === 0;

/** Core of the server under test, and of everything that loads it. */
export const cores = { server: 0, load: 1 };

/** `node file`, on one core where the machine can do that. */
function pinnedNode(core, nodeArgs) {
  const argv = [process.execPath, ...nodeArgs];
  return canPin && core !== undefined ? ['taskset', '-c', String(core), ...argv] : argv;
}

/** Whether processes are pinned, for the head of the report. */
export const isPinned = canPin;

/**
 * Starts a child that calls serveParent. `request(op, args, timeoutMs)` asks it; `stop()` ends it and waits until it is gone.
 */
export async function startChild(path, { core, nodeArgs = [], env = {} } = {}) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const [command, ...args] = pinnedNode(core, [...nodeArgs, file]);
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  running.add(child);
  const waiting = new Map();
  let nextId = 0;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const fail = (why) => {
    for (const { reject } of waiting.values()) reject(new Error(`${path}: ${why}`));
    waiting.clear();
  };
  ended.then((code) => {
    running.delete(child);
    fail(`ended early with ${code}`);
  });
  const ready = new Promise((resolve, reject) => {
    waiting.set('ready', { resolve, reject });
  });
  child.on('message', (message) => {
    const key = message.ready === true ? 'ready' : message.id;
    const waiter = waiting.get(key);
    waiting.delete(key);
    if (message.error !== undefined) waiter?.reject(new Error(`${path}: ${message.error}`));
    else waiter?.resolve(message.result);
  });

  const request = (op, args = {}, timeoutMs = 60_000) => {
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`${path}: no answer to "${op}" within ${timeoutMs} ms`));
      }, timeoutMs);
      const settle = (done) => (value) => {
        clearTimeout(timer);
        done(value);
      };
      waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      child.send({ id, op, args });
    });
  };

  const stop = async () => {
    waiting.clear();
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(timer);
  };

  await ready;
  return { pid: child.pid, request, stop };
}

/** Ends whatever is still running; for the end of the bench, good or bad. */
export function endAll() {
  for (const child of running) child.kill('SIGKILL');
}
