// Station: test/helpers. Starts replica-child.mjs: servers as processes on one store, which a test may kill. Needs dist/, which `npm test` builds first.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { issueToken } from '../../src/server/auth/issue.js';
import type { TestApp } from './app.js';

const program = fileURLToPath(new URL('./replica-child.mjs', import.meta.url));
const secret = 'test-only-0123456789abcdefghijklmnopqrstuvwxyz';

/** A server process. */
export interface ReplicaProcess extends Pick<TestApp, 'token' | 'wsUrl' | 'httpUrl'> {
  /** Ends it with SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** The store that servers share: a folder, or a database of a MongoDB server. */
export type SharedStore =
  | { readonly kind: 'sqlite'; readonly dataDir: string }
  | { readonly kind: 'mongodb'; readonly uri: string; readonly database: string };

/** Starts a server on `shared`; resolves when it listens. It is killed when the test ends, if it still runs. */
export async function startReplicaProcess(
  shared: SharedStore,
  settings: { readonly replicaId: string; readonly floorLeaseMs: number },
): Promise<ReplicaProcess> {
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify({ shared, secret, ...settings })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stdout } = child;
  if (stdout === null) throw new Error('the child has no pipe');
  const closed = once(child, 'close');
  const kill = async () => {
    child.kill('SIGKILL');
    await closed;
  };
  onTestFinished(kill);
  const ended = closed.then(() => {
    throw new Error('the server ended before it listened');
  });
  const [line] = (await Promise.race([once(createInterface({ input: stdout }), 'line'), ended])) as [string];
  ended.catch(() => undefined);
  const { httpUrl, wsUrl } = JSON.parse(line) as { httpUrl: string; wsUrl: string };
  return {
    httpUrl,
    wsUrl,
    kill,
    async token(userId, { roles = ['user'], name, ttlMs = 3_600_000 } = {}) {
      const now = Date.now();
      const claims = { userId, roles, issuedAtMs: now, expiresAtMs: now + ttlMs };
      return await issueToken(name === undefined ? claims : { ...claims, name }, Buffer.from(secret));
    },
  };
}
