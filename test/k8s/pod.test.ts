import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { issueToken } from '../../src/server/auth/issue.js';
import { runCli } from '../helpers/cli.js';
import { leastEnv } from '../helpers/config.js';
import { renderOf } from '../helpers/k8s-render.js';
import { imageCommand, type Pod, startPod, statusOf, unshareRefused } from '../helpers/pod.js';
import { type PodPlan, podPlan } from '../helpers/pod-plan.js';
import { eventually } from '../helpers/poll.js';
import { mayRun } from '../helpers/required.js';
import { connect } from '../helpers/wire-client.js';

const refused = unshareRefused();
const canUnshare = mayRun('unshare', refused === null, refused ?? '');

const secrets = {
  JWT_SECRET: leastEnv.JWT_SECRET ?? '',
  ENCRYPTION_KEYS: leastEnv.ENCRYPTION_KEYS ?? '',
};

/** What is rendered with a port of this run; the prefix is none that anything else here knows. All else of the pod comes from the render. */
const configOf = (port: number) => `http:
  port: ${port}
ops:
  port: off
llm:
  echo: { scripted: true }
  providers:
    - type: echo
shutdown:
  drainDelay: 300ms
  turnGrace: 1500ms
  timeout: 8s
`;

async function planOf(port: number): Promise<PodPlan> {
  const options = { store: 'sqlite', pathPrefix: '/support/chat', preStop: '1s' };
  return podPlan(await renderOf(options, configOf(port)), secrets);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface RunningPod {
  readonly pod: Pod;
  readonly folder: string;
  readonly plan: PodPlan;
  readonly url: string;
}

async function run(): Promise<RunningPod> {
  const folder = mkdtempSync(join(tmpdir(), 'chatbox-pod-'));
  const port = await freePort();
  const plan = await planOf(port);
  const pod = await startPod({ folder, plan });
  cleanups.push(async () => {
    if (pod.process.exitCode === null) process.kill(pod.pid, 'SIGKILL');
    await pod.exited;
    rmSync(folder, { recursive: true, force: true });
  });
  await eventually(
    () => {
      if (pod.process.exitCode !== null) throw new Error(`the pod ended: ${pod.output()}`);
      return pod.output().includes('"listening"');
    },
    { timeoutMs: 20_000, what: 'the server in the pod' },
  );
  return { pod, folder, plan, url: `http://127.0.0.1:${port}/support/chat` };
}

async function client({ url }: RunningPod, query = '') {
  const now = Date.now();
  const subject = { userId: 'ada', roles: ['user'], issuedAtMs: now, expiresAtMs: now + 600_000 };
  const token = await issueToken(subject, Buffer.from(secrets.JWT_SECRET));
  const wsUrl = `${url.replace('http', 'ws')}/ws`;
  return await connect({ token: async () => token, wsUrl }, 'ada', { query, token });
}

describe.skipIf(!canUnshare)('the image in a pod', () => {
  it('runs as rendered: pid 1, uid 10001, without capabilities, on a root that nobody can write, with nothing but what is mounted', async () => {
    const { pod, plan } = await run();
    expect([plan.uid, plan.gid, imageCommand().user]).toEqual([10_001, 10_001, '10001:10001']);
    expect(plan.args).toEqual(imageCommand().cmd);
    const status = statusOf(pod.pid);
    expect(status.NSpid?.split(/\s+/).at(-1)).toBe('1');
    expect(status.Uid?.split(/\s+/)).toEqual(Array(4).fill('10001'));
    expect(status.Gid?.split(/\s+/)).toEqual(Array(4).fill('10001'));
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(status[set]).toMatch(/^0+$/);
    expect(status.NoNewPrivs).toBe('1');
    const root = `/proc/${pod.pid}/root`;
    expect(readdirSync(`${root}/etc`)).toEqual(['chatbox']);
    const shown = (folder: string) => readdirSync(`${root}${folder}`).filter((name) => !name.startsWith('.'));
    expect(shown('/etc/chatbox')).toEqual(['chatbox.yaml']);
    expect(shown('/run/secrets/chatbox')).toEqual(Object.keys(secrets).sort());
    for (const path of ['app/x', 'etc/x', 'x', 'etc/chatbox/x', 'run/secrets/chatbox/x']) {
      expect(() => writeFileSync(join(root, path), ''), path).toThrow(/EROFS/);
    }
    // What else is mounted may be written by the pod, and by it alone.
    expect(plan.mounts.map(({ target, isReadOnly }) => [target, isReadOnly])).toEqual([
      ['/etc/chatbox', true],
      ['/run/secrets/chatbox', true],
      ['/tmp', false],
      ['/var/lib/chatbox', false],
    ]);
    expect(readdirSync(`${root}/var/lib/chatbox`)).toContain('chatbox.db');
    // No secret is in its environment or its arguments.
    for (const file of ['environ', 'cmdline']) {
      const text = readFileSync(`/proc/${pod.pid}/${file}`, 'utf8');
      for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
    }
  });

  it('serves under the prefix of its config file, and its probes and its own health check ask there', async () => {
    const running = await run();
    const { pod, plan, url } = running;
    for (const { path, port } of Object.values(plan.probes))
      expect([path, (await fetch(`http://127.0.0.1:${port}${path}`)).status]).toEqual([path, 200]);
    expect(plan.probes.readiness.path).toBe('/support/chat/readyz');
    expect((await fetch(url.replace('/support/chat', '/chatbox/healthz'))).status).toBe(404);
    const { health } = imageCommand();
    expect(await pod.exec(health)).toMatchObject({ code: 0 });
    const ada = await client(running);
    ada.send({ type: 'user_message', content: 'hello', message_id: 'm1' });
    expect((await ada.answer()).text).toContain('hello');
    ada.close();
  });

  it('H5: drains on SIGTERM within its grace period: the answer under way is kept, clients are told, and it exits 0', async () => {
    const running = await run();
    const { pod, plan, url } = running;
    const ada = await client(running);
    ada.send({ type: 'user_message', content: '/echo words=2000 delay=50ms', message_id: 'm1' });
    await ada.until('a piece of the answer', ({ type }) => type === 'ai_response');
    const startedAt = performance.now();
    process.kill(pod.pid, 'SIGTERM');
    await eventually(async () => (await fetch(`${url}/readyz`)).status === 503, { what: 'not ready' });
    await ada.until(
      'the word that it drains',
      ({ type, metadata }) => type === 'connection_status' && metadata?.status === 'draining',
    );
    expect(await ada.closed).toBe(1012);
    expect(await pod.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(plan.graceMs);
    const log = pod.output();
    expect(log).toContain('"shutting_down"');
    expect(log).toMatch(/"event":"stopped".*"whole":true|"whole":true.*"event":"stopped"/);
    for (const secret of Object.values(secrets)) expect(log).not.toContain(secret);
    const kept = await runCli(['users', 'export', 'ada', '--data-dir', join(running.folder, 'data')], {
      env: { ...secrets, LLM_PROVIDER_1_TYPE: 'echo' },
    });
    expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining('interrupted') });
    expect(kept.stdout).toContain('words=2000');
  });
});
