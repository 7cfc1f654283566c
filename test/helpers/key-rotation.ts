// Station: test/helpers. A rotation of keys as an operator does it, on a server under load, the rotating command killed again and again. Called by the key rotation tests.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { runCli } from './cli.js';
import { eventually } from './poll.js';
import { type ServeProcess, startServe } from './serve-process.js';

const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));
/** A key of that id; each byte of it different from its neighbours. */
export const keyOf = (id: string, byte: number): string =>
  `${id}:${Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 37 + byte) % 251)).toString('base64')}`;

/** Where the rotation takes place, and how hard it is. */
export interface Rotation {
  readonly dataDir: string;
  /** Beside the keys. */
  readonly env: Readonly<Record<string, string>>;
  readonly kills: number;
  /** Messages that are there before it begins. */
  readonly messages: number;
  /** 0 to 1; seeded by the caller. */
  readonly random: () => number;
}

/** What was found when everything was over. */
export interface RotationFindings {
  readonly acked: readonly string[];
  /** What the store holds of the user, read with the new key alone. */
  readonly entries: readonly { readonly content?: string; readonly unreadable?: string; readonly sender?: string }[];
  readonly steps: readonly string[];
  readonly killed: number;
}

/** Somebody who says one thing after another; what was acked is remembered. */
class Talker {
  readonly acked: string[] = [];
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();
  #said = 0;

  /** Says `count` things and resolves when all are acked. */
  async say(server: ServeProcess, count: number): Promise<void> {
    const socket = new WebSocket(server.wsUrl, { headers: { authorization: `Bearer ${await server.token('ada')}` } });
    const acks = new Set<string>();
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as OutboundFrame;
      if (frame.type === 'message_ack' && frame.message_id !== undefined) acks.add(frame.message_id);
    });
    try {
      await eventually(() => socket.readyState === WebSocket.OPEN, { what: 'the socket to open' });
      for (let at = 0; at < count && !this.#isStopped; at += 1) {
        const id = randomUUID();
        this.#said += 1;
        const content = `secret number ${this.#said}`;
        socket.send(JSON.stringify({ type: 'user_message', content, message_id: id }));
        await eventually(() => acks.has(id), { what: 'the ack', timeoutMs: 20_000 });
        this.acked.push(content);
      }
    } finally {
      socket.terminate();
    }
  }

  start(server: ServeProcess): void {
    this.#isStopped = false;
    this.#running = this.say(server, Number.POSITIVE_INFINITY);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }
}

/** Add, promote, seal anew under load with the command killed, scan, retire; then read everything with the new key alone. */
export async function rotateUnderLoad(rotation: Rotation): Promise<RotationFindings> {
  const { dataDir, env, messages } = rotation;
  const [old, fresh] = [keyOf('old', 5), keyOf('fresh', 90)];
  const talker = new Talker();
  const serve = (keys: string) => startServe(dataDir, { env: { ...env, ENCRYPTION_KEYS: keys } });
  const rotate = (keys: string) =>
    runCli(['keys', 'rotate', '--json', '--data-dir', dataDir], { env: { ...env, ENCRYPTION_KEYS: keys } });
  const stepOf = ({ stdout, stderr }: { stdout: string; stderr: string }): string => {
    if (stdout === '') throw new Error(stderr);
    return String((JSON.parse(stdout) as { step: string }).step);
  };
  const steps: string[] = [];

  const first = await serve(old);
  try {
    await talker.say(first, messages);
    // The server does not know the new key yet: nothing may be sealed with it.
    steps.push(stepOf(await rotate(`${old},${fresh}`)), stepOf(await rotate(`${fresh},${old}`)));
  } finally {
    await first.kill('SIGTERM');
  }
  const second = await serve(`${old},${fresh}`);
  try {
    steps.push(stepOf(await rotate(`${old},${fresh}`)));
  } finally {
    await second.kill('SIGTERM');
  }
  const third = await serve(`${fresh},${old}`);
  let killed = 0;
  try {
    talker.start(third);
    killed = await killAgainAndAgain(rotation, `${fresh},${old}`);
    steps.push(stepOf(await rotate(`${fresh},${old}`)));
    await talker.stop();
  } finally {
    await third.kill('SIGTERM');
  }
  const fourth = await serve(fresh);
  try {
    await talker.say(fourth, 1);
    const { stdout } = await runCli(['users', 'export', 'ada', '--data-dir', dataDir], {
      env: { ...env, ENCRYPTION_KEYS: fresh },
    });
    const entries = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RotationFindings['entries'][number]);
    return { acked: talker.acked, entries, steps, killed };
  } finally {
    await fourth.kill('SIGTERM');
  }
}

/** Starts the command, and ends it with SIGKILL at a random moment; slow enough that it cannot be through. Resolves to how often it was killed at work. */
async function killAgainAndAgain({ dataDir, env, kills, random }: Rotation, keys: string): Promise<number> {
  let killed = 0;
  for (let at = 0; at < kills; at += 1) {
    const child = spawn(process.execPath, [bin, 'keys', 'rotate', '--rate', '100', '--json', '--data-dir', dataDir], {
      env: { PATH: process.env.PATH ?? '', ...env, ENCRYPTION_KEYS: keys },
      stdio: 'ignore',
    });
    if (await killedAfter(child, 300 + random() * 700)) killed += 1;
  }
  return killed;
}

function killedAfter(child: ChildProcess, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), ms);
    child.on('exit', (_code, signal) => {
      clearTimeout(timer);
      resolve(signal === 'SIGKILL');
    });
  });
}
