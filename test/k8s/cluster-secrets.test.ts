// Station: test/k8s. `chatbox secrets` on a real control plane: its own rights, owners, versions and certificates, and what is said when they stand in the way.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openSource, type SecretSource } from '../../src/cli/secrets/open-source.js';
import { systemClock } from '../../src/common/clock.js';
import type { Sealed } from '../../src/server/ports/store.js';
import { announceServer } from '../../src/server/store/encryption/key-notes.js';
import { selfSigned } from '../helpers/certificate.js';
import { captureIo, runCli, temporaryFolder } from '../helpers/cli.js';
import { keyOf } from '../helpers/key-rotation.js';
import { changedKubeconfig, hasCluster, kubectl, kubeGet } from '../helpers/kube-cluster.js';
import { mayRun } from '../helpers/required.js';
import { openThreaded, silentLog } from '../helpers/store-sqlite.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const may = mayRun('kubernetes', hasCluster(), 'there is no control plane of this machine (KUBECONFIG)');

const canary = 'c4n4ry-Hs3-9pLwC6';
const uri = `mongodb://user:${canary}@db.test/chat`;
const keys = 'secret/chatbox-secrets';
const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));

interface Row {
  readonly name: string;
  readonly origin: string;
  readonly fingerprint: string | null;
}

interface Created {
  readonly result: string;
  readonly secrets: readonly Row[];
}

interface SecretNow {
  readonly metadata: { readonly resourceVersion: string };
  readonly data: Readonly<Record<string, string>>;
}

let count = 0;

/** A namespace of this test's own, and `secrets` in it. */
async function inNamespace() {
  const namespace = `s-${process.pid}-${count++}`;
  expect(await kubectl(['create', 'namespace', namespace])).toMatchObject({ code: 0 });
  onTestFinished(async () => {
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'uri'), uri);
  const kubeconfig = process.env.KUBECONFIG ?? '';
  const secrets = async (words: readonly string[], config = kubeconfig) => {
    const ended = await runCli(['secrets', ...words, '--namespace', namespace, '--kubeconfig', config, '--debug'], {
      cwd,
    });
    expect(ended.stdout + ended.stderr).not.toContain(canary);
    return ended;
  };
  const apply = (...more: readonly string[]) => secrets(['create', '--apply', '--json', ...more]);
  const now = () => kubeGet<SecretNow>(['secret', 'chatbox-secrets', '-n', namespace]);
  const value = async (name: string) => Buffer.from((await now()).data[name] ?? '', 'base64').toString();
  return { namespace, cwd, secrets, apply, now, value };
}

const created = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout) as Created;
const origins = (made: { readonly stdout: string }) =>
  Object.fromEntries(created(made).secrets.map(({ name, origin }) => [name, origin]));

describe.skipIf(!may)('secrets create --apply', () => {
  // The client is large: what loads it first should not be what is measured.
  beforeAll(async () => {
    await import('@kubernetes/client-node');
  });

  it('makes a Secret that checks out, and applied again keeps what is there', async () => {
    const { apply, now, secrets, value } = await inNamespace();
    const dry = await apply('--from-file', 'MONGO_URI=uri', '--dry-run');
    expect(created(dry).result).toBe('created');
    await expect(now()).rejects.toThrow('not found');

    const first = await apply('--from-file', 'MONGO_URI=uri');
    expect(first).toMatchObject({ code: 0 });
    expect(created(first).result).toBe('created');
    expect(origins(first)).toEqual({ MONGO_URI: 'file', JWT_SECRET: 'generated', ENCRYPTION_KEYS: 'generated' });
    expect(await value('MONGO_URI')).toBe(uri);
    const checked = await secrets(['check', keys, '--json']);
    expect(checked).toMatchObject({ code: 0 });
    const prints = (made: { readonly stdout: string }) =>
      created(made)
        .secrets.map(({ name, fingerprint }) => `${name} ${fingerprint}`)
        .sort();
    expect(prints(checked)).toEqual(prints(first));

    const before = await now();
    const again = await apply('--from-file', 'MONGO_URI=uri');
    expect(created(again).result).toBe('unchanged');
    expect(origins(again)).toEqual({ MONGO_URI: 'kept', JWT_SECRET: 'kept', ENCRYPTION_KEYS: 'kept' });
    expect(await now()).toEqual(before);

    const { cwd } = await withKey('sk-Vn3kq-first');
    const more = await apply('--from-file', `LLM_PROVIDER_1_API_KEY=${join(cwd, 'key')}`);
    expect(created(more).result).toBe('changed');
    expect(origins(more)).toMatchObject({ LLM_PROVIDER_1_API_KEY: 'file', JWT_SECRET: 'kept', MONGO_URI: 'kept' });
    expect((await now()).data).toEqual({
      ...before.data,
      LLM_PROVIDER_1_API_KEY: Buffer.from('sk-Vn3kq-first').toString('base64'),
    });
  });

  it('replaces a value that is given, and a generated key only when forced', async () => {
    const { apply, now, value } = await inNamespace();
    await apply('--from-file', 'MONGO_URI=uri');
    const before = await now();
    const { cwd } = await withKey('aK8Jx0bq1XyZ3cVnM7rT5wQeUoPsDfGh');
    const other = `JWT_SECRET=${join(cwd, 'key')}`;
    const refused = await apply('--from-file', other);
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('has another JWT_SECRET already') });
    expect(await now()).toEqual(before);
    expect(await apply('--from-file', other, '--force', '--without', 'ENCRYPTION_KEYS')).toMatchObject({ code: 0 });
    expect(await value('JWT_SECRET')).toBe('aK8Jx0bq1XyZ3cVnM7rT5wQeUoPsDfGh');
    expect((await now()).data.ENCRYPTION_KEYS).toBe(before.data.ENCRYPTION_KEYS);
    expect((await now()).data.MONGO_URI).toBe(before.data.MONGO_URI);
    const forced = await apply('--force');
    expect(forced.stderr).toContain('ENCRYPTION_KEYS is replaced: what the old one opens, or signs, is lost');
    expect(origins(forced)).toEqual({ MONGO_URI: 'kept', JWT_SECRET: 'generated', ENCRYPTION_KEYS: 'generated' });
    expect((await now()).data.ENCRYPTION_KEYS).not.toBe(before.data.ENCRYPTION_KEYS);
  });

  it('names the right that a service account lacks, and the Role that it prints mends it', async () => {
    const { namespace, secrets, now } = await inNamespace();
    const { cwd } = await withKey('');
    await kubectl(['create', 'serviceaccount', 'deployer', '-n', namespace]);
    const token = (await kubectl(['create', 'token', 'deployer', '-n', namespace])).stdout.trim();
    const config = await changedKubeconfig(cwd, { user: { token } });
    const attempt = () => secrets(['create', '--apply', '--from-file', 'MONGO_URI=uri'], config);
    const user = `system:serviceaccount:${namespace}:deployer`;
    expect(await attempt()).toMatchObject({ code: 4, stderr: expect.stringContaining(`${user} may not get Secrets`) });

    // One right after the other, as somebody gives them who guesses.
    const rights = (verbs: string) =>
      kubectl(['create', 'role', 'guessed', '-n', namespace, `--verb=${verbs}`, '--resource=secrets']);
    await rights('get');
    await kubectl([
      'create',
      'rolebinding',
      'guessed',
      '-n',
      namespace,
      '--role=guessed',
      `--serviceaccount=${namespace}:deployer`,
    ]);
    expect(await attempt()).toMatchObject({ code: 4, stderr: expect.stringContaining('may not patch Secrets') });
    await kubectl(['delete', 'role', 'guessed', '-n', namespace]);
    await rights('get,patch');
    const last = await attempt();
    expect(last).toMatchObject({ code: 4, stderr: expect.stringContaining('may not create Secrets') });
    await expect(now()).rejects.toThrow('not found');

    const commands = last.stderr.split('\n').filter((line) => line.trim().startsWith('kubectl create'));
    expect(commands).toHaveLength(2);
    for (const line of commands) expect(await kubectl(line.trim().split(' ').slice(1))).toMatchObject({ code: 0 });
    expect(await attempt()).toMatchObject({ code: 0 });
  });

  // The API server says the conflict of what was applied as data; of stringData it would say none.
  it.each(['data', 'stringData'])(
    'names the field manager that owns what would change (%s), and leaves its values alone',
    async (part) => {
      const { namespace, apply, now, value, cwd } = await inNamespace();
      const of = (text: string) => ({
        [part]: { MONGO_URI: part === 'data' ? Buffer.from(text).toString('base64') : text },
      });
      const theirs = 'mongodb://theirs.test/chat';
      const labels = { 'app.kubernetes.io/managed-by': 'argocd' };
      const metadata = { name: 'chatbox-secrets', namespace, labels };
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata, ...of(theirs) };
      const argv = ['apply', '--server-side', '--field-manager=argocd', '-f', '-'];
      expect(await kubectl(argv, secret)).toMatchObject({ code: 0 });
      const before = await now();
      const refused = await apply('--from-file', 'MONGO_URI=uri');
      expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('argocd owns MONGO_URI') });
      expect(await now()).toEqual(before);

      const beside = await apply();
      expect(origins(beside)).toEqual({ MONGO_URI: 'kept', JWT_SECRET: 'generated', ENCRYPTION_KEYS: 'generated' });
      expect(await value('MONGO_URI')).toBe(theirs);
      // What it left alone is still theirs: they change it without a conflict, and our keys stay.
      const changed = { ...secret, ...of('mongodb://theirs-too.test/chat') };
      expect(await kubectl(argv, changed)).toMatchObject({ code: 0 });
      const jwt = await value('JWT_SECRET');
      expect(jwt).not.toBe('');

      await writeFile(join(cwd, 'uri'), uri);
      expect(await apply('--from-file', 'MONGO_URI=uri', '--force', '--without', 'JWT_SECRET')).toMatchObject({
        code: 0,
      });
      expect(await value('MONGO_URI')).toBe(uri);
      expect(await value('JWT_SECRET')).toBe(jwt);
    },
  );

  it('of several at once lets one win, and tells the others to look anew', async () => {
    const { apply, value } = await inNamespace();
    const all = await Promise.all(Array.from({ length: 4 }, () => apply('--from-file', 'MONGO_URI=uri')));
    const codes = all.map(({ code }) => code).sort();
    expect(codes[0]).toBe(0);
    expect(new Set(codes).size).toBeLessThanOrEqual(2);
    const winners = all.filter(({ code, stdout }) => code === 0 && created({ stdout }).result === 'created');
    expect(winners).toHaveLength(1);
    for (const lost of all.filter(({ code }) => code !== 0))
      expect(lost).toMatchObject({ code: 6, stderr: expect.stringContaining('by somebody else meanwhile') });
    const jwt = await value('JWT_SECRET');
    const later = await apply('--from-file', 'MONGO_URI=uri');
    expect(origins(later)).toMatchObject({ JWT_SECRET: 'kept' });
    expect(await value('JWT_SECRET')).toBe(jwt);
    const print = (made: { readonly stdout: string } | undefined) =>
      created(made ?? { stdout: '{"secrets":[]}' }).secrets.find(({ name }) => name === 'JWT_SECRET')?.fingerprint;
    expect(print(later)).toBe(print(winners[0]));
  });

  it('says that there is no namespace, and that an immutable Secret stays as it is', async () => {
    const { namespace, apply, now } = await inNamespace();
    const nowhere = await runCli([
      'secrets',
      'create',
      '--apply',
      '--namespace',
      's-nowhere',
      '--kubeconfig',
      process.env.KUBECONFIG ?? '',
    ]);
    expect(nowhere).toMatchObject({ code: 5, stderr: expect.stringContaining('there is no namespace s-nowhere') });
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'chatbox-secrets', namespace },
      immutable: true,
    };
    await kubectl(['apply', '--server-side', '-f', '-'], secret);
    const before = await now();
    expect(await apply()).toMatchObject({ code: 6, stderr: expect.stringContaining('is immutable') });
    expect(await now()).toEqual(before);
  });

  it('says of a control plane that is gone, untrusted or knows another user, which of them it is', async () => {
    const { secrets, cwd } = await inNamespace();
    const attempt = async (change: Parameters<typeof changedKubeconfig>[1]) =>
      await secrets(['create', '--apply'], await changedKubeconfig(cwd, change));
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const address = closed.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => closed.close(resolve));
    expect(await attempt({ server: `https://127.0.0.1:${port}` })).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('cannot be reached (ECONNREFUSED)'),
    });
    expect(await attempt({ ca: selfSigned().pem })).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('is not trusted'),
    });
    expect(await attempt({ user: { token: 'stranger' } })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('does not know the user'),
    });
  });
});

describe.skipIf(!may)('secrets rotate on a Secret in a cluster', () => {
  const ids = (list: string) => list.split(',').map((part) => part.slice(0, part.indexOf(':')));
  /** A store in which a server once sealed with k1: a rotation makes none, and asks what it says. */
  const storeIn = async (dataDir: string) => {
    const store = await openThreaded<Sealed>({ dataDir });
    const server = { replicaId: 'r0', version: '1', activeId: 'k1', keyIds: ['k1'] };
    await (await announceServer(store, { ...server, clock: systemClock, log: silentLog }))();
  };

  it('takes every step, leaves all else as it was, and changes nothing when a step is taken again', async () => {
    const { apply, now, value, secrets, cwd } = await inNamespace();
    // Of a store in a file, which has no connection string: the set is all there is to say of MongoDB.
    await apply('--without', 'MONGO_URI');
    await storeIn(cwd);
    const before = await now();
    const rotate = (step: string, ...more: readonly string[]) =>
      secrets(['rotate', 'encryption', '--step', step, '--source', keys, '--data-dir', cwd, ...more]);
    expect(await rotate('add', '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('would become'),
    });
    expect(await now()).toEqual(before);
    for (const [step, list] of [
      ['add', ['k1', 'k2']],
      ['promote', ['k2', 'k1']],
      ['retire', ['k2']],
    ] as const) {
      expect(await rotate(step)).toMatchObject({ code: 0 });
      expect(ids(await value('ENCRYPTION_KEYS'))).toEqual(list);
      const after = await now();
      expect(await rotate(step)).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to change') });
      expect(await now()).toEqual(after);
    }
    expect((await now()).data.JWT_SECRET).toBe(before.data.JWT_SECRET);
    expect(await secrets(['check', keys])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('MONGO_URI is missing'),
    });
  });

  it('writes onto what it read alone: a change meanwhile is a conflict, and stays', async () => {
    const { namespace, apply, now, cwd } = await inNamespace();
    await apply('--without', 'MONGO_URI');
    const source = await sourceOf(namespace, cwd);
    await source.read();
    await kubectl(['annotate', 'secret', 'chatbox-secrets', '-n', namespace, 'seen=yes']);
    const before = await now();
    await expect(source.write('ENCRYPTION_KEYS', 'k9:x')).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('was changed by somebody else meanwhile'),
    });
    expect(await now()).toEqual(before);
    await source.read();
    await source.write('LLM_PROVIDER_1_API_KEY', 'sk-Vn3kq');
    // The next write stands on the one before it.
    await source.write('LLM_PROVIDER_1_API_KEY', null);
    expect((await now()).data).toEqual(before.data);
  });

  it('takes a key over from another field manager only when forced', async () => {
    const { namespace, secrets, value, cwd } = await inNamespace();
    await storeIn(cwd);
    const key = keyOf('k1', 5);
    const metadata = { name: 'chatbox-secrets', namespace };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { ENCRYPTION_KEYS: key } };
    expect(await kubectl(['create', '-f', '-'], secret)).toMatchObject({ code: 0 });
    const rotate = (...more: readonly string[]) =>
      secrets(['rotate', 'encryption', '--step', 'add', '--source', keys, '--data-dir', cwd, ...more]);
    expect(await rotate()).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('kubectl-create owns ENCRYPTION_KEYS'),
    });
    expect(await value('ENCRYPTION_KEYS')).toBe(key);
    expect(await rotate('--force')).toMatchObject({ code: 0 });
    expect(ids(await value('ENCRYPTION_KEYS'))).toEqual(['k1', 'k2']);
  });

  it('is whole after a kill at any moment, and just run again', async () => {
    const { namespace, apply, value, secrets, cwd } = await inNamespace();
    await apply('--without', 'MONGO_URI');
    await storeIn(cwd);
    const argv = ['rotate', 'encryption', '--step', 'add', '--source', keys, '--data-dir', cwd];
    const first = await value('ENCRYPTION_KEYS');
    let killed = 0;
    for (let delayMs = 400; delayMs <= 2_800; delayMs += 600) {
      const child = spawn(process.execPath, [bin, 'secrets', ...argv, '--namespace', namespace], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
      const [, signal] = await ended;
      clearTimeout(timer);
      if (signal === 'SIGKILL') killed += 1;
      const list = await value('ENCRYPTION_KEYS');
      // The store knows the ids of earlier rounds, and gives none out twice.
      expect(ids(list).join()).toMatch(/^k1(,k\d+)?$/);
      expect(list.startsWith(first)).toBe(true);
      expect(await secrets(argv)).toMatchObject({ code: 0 });
      const after = await value('ENCRYPTION_KEYS');
      expect(ids(after).join()).toMatch(/^k1,k\d+$/);
      if (list !== first) expect(after).toBe(list);
      // The key that was added is taken away again: so the next round has a step to take.
      const source = await sourceOf(namespace, cwd);
      await source.read();
      await source.write('ENCRYPTION_KEYS', first);
    }
    expect(killed).toBeGreaterThan(0);
  });

  it('says that there is no such Secret', async () => {
    const { secrets } = await inNamespace();
    expect(await secrets(['check', keys])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining(`there is no ${keys}`),
    });
  });
});

/** The Secret as the commands read and write it. */
async function sourceOf(namespace: string, cwd: string): Promise<SecretSource> {
  const { io } = captureIo({ cwd });
  const ignored = async () => undefined;
  const output = { result: ignored, data: ignored, talk: () => undefined, warn: () => undefined };
  const options = { namespace, kubeconfig: process.env.KUBECONFIG };
  const global = { json: false, quiet: false, debug: false };
  return await openSource({ io, global, options, args: [], output }, keys, ['get', 'patch']);
}

/** A folder with a file `key` that holds that. */
async function withKey(text: string) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'key'), text);
  return { cwd };
}
