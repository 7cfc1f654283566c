// Station: test/helpers. A MongoDB server of the test's own, as a process that can be killed, stopped and started again on its data. Called by tests of faults.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The process, and what can happen to it. */
export interface MongoProcess {
  readonly port: number;
  readonly uri: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data; resolves when it takes connections. */
  start(): Promise<void>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

const deadlineMs = 15_000;

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts a server; it and its data are gone when the test ends. */
export async function mongoProcess(program: string): Promise<MongoProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'chatbox-mongo-'));
  const port = await freePort();
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const started = spawn(program, ['--port', String(port), '--dbpath', folder, '--bind_ip', '127.0.0.1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child = started;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      const timer = setTimeout(() => reject(new Error('the server did not start')), deadlineMs);
      started.stdout?.on('data', (part: Buffer) => {
        said = (said + part.toString()).slice(-10_000);
        if (!/waiting for connections/i.test(said)) return;
        clearTimeout(timer);
        resolve();
      });
      started.once('exit', () => reject(new Error('the server ended')));
    });
  }

  async function kill(): Promise<void> {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  }

  onTestFinished(async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  });
  await start();
  return {
    port,
    uri: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    kill,
    start,
    signal: (name) => void child?.kill(name),
  };
}
