// `chatbox secrets rotate encryption` on each kind of set, with a store of its own: the steps, what they refuse, and that a kill loses nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import { encryptionKeys } from '../../src/server/config/encryption-keys.js';
import type { RunningServer } from '../../src/server/ports/keys.js';
import type { Sealed } from '../../src/server/ports/store.js';
import { encrypted } from '../../src/server/store/encryption/encrypted-store.js';
import { announceServer } from '../../src/server/store/encryption/key-notes.js';
import { createKeyring } from '../../src/server/store/encryption/keyring.js';
import { runCli } from '../helpers/cli.js';
import { keyOf } from '../helpers/key-rotation.js';
import { messageOf, seedOf } from '../helpers/store-fixtures.js';
import { openThreaded, silentLog, temporaryFolder } from '../helpers/store-sqlite.js';

const old = keyOf('k1', 5);
const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));
const kinds = ['env', 'files', 'k8s'] as const;
type Kind = (typeof kinds)[number];

/** A set of one key in a folder of its own, with what must stay in it. */
async function written(
  kind: Kind,
): Promise<{ readonly path: string; keys(): Promise<string>; all(): Promise<string> }> {
  const path = join(await temporaryFolder(), 'set');
  const uri = 'LLM_PROVIDER_1_API_KEY';
  if (kind === 'env') await writeFile(path, `# mine\n${uri}='sk keep me'\nENCRYPTION_KEYS=${old}\n# end\n`);
  else if (kind === 'k8s') {
    const data = `  ENCRYPTION_KEYS: ${Buffer.from(old).toString('base64')}\n  ${uri}: c2sga2VlcCBtZQ==\n`;
    await writeFile(path, `# mine\napiVersion: v1\nkind: Secret\nmetadata:\n  name: chatbox-secrets\ndata:\n${data}`);
  } else {
    await mkdir(path);
    await writeFile(join(path, 'ENCRYPTION_KEYS'), old);
    await writeFile(join(path, uri), 'sk keep me');
  }
  const all = async () => (kind === 'files' ? await readFile(join(path, uri), 'utf8') : await readFile(path, 'utf8'));
  const keys = async () => {
    if (kind === 'files') return await readFile(join(path, 'ENCRYPTION_KEYS'), 'utf8');
    const found = /ENCRYPTION_KEYS[:=] ?(\S+)/.exec(await all())?.[1] ?? '';
    return kind === 'env' ? found : Buffer.from(found, 'base64').toString();
  };
  return { path, keys, all };
}

const idsOf = (list: string) => list.split(',').map((part) => part.slice(0, part.indexOf(':')));

/** A store that holds three messages sealed with the old key. */
async function seeded() {
  const dataDir = await temporaryFolder();
  const inner = await openThreaded<Sealed>({ dataDir });
  const material = { id: 'k1', bytes: Buffer.from(old.slice(3), 'base64') };
  const store = encrypted(inner, createKeyring([material], systemRandom, true), () => undefined);
  await store.createSession(seedOf({ ordinal: 1 }));
  for (let seq = 1; seq <= 3; seq += 1)
    await store.append('ann-1', seq, messageOf(`m${seq}`, { content: `words ${seq}` }));
  const announce = async (server: Partial<RunningServer>) => {
    const said = { replicaId: 'r1', version: '1', activeId: 'k1', keyIds: ['k1'], clock: systemClock, log: silentLog };
    const stop = await announceServer(inner, { ...said, ...server });
    onTestFinished(stop);
    return stop;
  };
  // A server that ran once: the store notes that it sealed with the old key.
  await (await announce({ replicaId: 'r0' }))();
  const rotate = (step: string, path: string, ...more: readonly string[]) =>
    runCli(['secrets', 'rotate', 'encryption', '--step', step, '--source', path, '--data-dir', dataDir, ...more]);
  const reseal = (keys: string) =>
    runCli(['keys', 'rotate', '--data-dir', dataDir], { env: { ENCRYPTION_KEYS: keys } });
  return { dataDir, announce, rotate, reseal };
}

describe.each(kinds)('chatbox secrets rotate encryption on %s', (kind) => {
  it('adds, promotes and retires, and leaves all else as it was', async () => {
    const { rotate, reseal } = await seeded();
    const { path, keys, all } = await written(kind);
    expect(await rotate('add', path)).toMatchObject({ code: 0 });
    expect(idsOf(await keys())).toEqual(['k1', 'k2']);
    expect(encryptionKeys.parse(await keys()).ok).toBe(true);
    expect(await rotate('promote', path)).toMatchObject({ code: 0 });
    expect(idsOf(await keys())).toEqual(['k2', 'k1']);
    expect(await rotate('retire', path)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('sealed with k1: they would be lost'),
    });
    expect(idsOf(await keys())).toEqual(['k2', 'k1']);
    expect((await reseal(await keys())).code).toBe(0);
    expect(await rotate('retire', path)).toMatchObject({ code: 0 });
    expect(idsOf(await keys())).toEqual(['k2']);
    expect(await all()).toMatch(kind === 'k8s' ? /c2sga2VlcCBtZQ==/ : /sk keep me/);
    if (kind !== 'files') expect(await all()).toContain('# mine');
    // The store knows k1 for good: its id is not given out again.
    expect(await rotate('add', path)).toMatchObject({ code: 0 });
    expect(idsOf(await keys())).toEqual(['k2', 'k3']);
  });

  it('changes nothing when a step is taken again', async () => {
    const { rotate, reseal } = await seeded();
    const { path, keys } = await written(kind);
    for (const step of ['add', 'promote', 'retire']) {
      if (step === 'retire') await reseal(await keys());
      expect((await rotate(step, path)).code).toBe(0);
      const after = await keys();
      const again = await rotate(step, path, '--json');
      expect(again.code).toBe(0);
      expect(JSON.parse(again.stdout)).toMatchObject({ step, changed: false });
      expect(await keys()).toBe(after);
    }
  });
});

describe('a step whose precondition fails', () => {
  it('is refused, and the set is as it was', async () => {
    const { announce, rotate } = await seeded();
    const { path, keys } = await written('env');
    const refused = async (step: string, words: string) => {
      const before = await keys();
      expect(await rotate(step, path)).toMatchObject({ code: 6, stderr: expect.stringContaining(words) });
      expect(await keys()).toBe(before);
    };
    await refused('promote', 'none to promote');
    await rotate('add', path);
    await refused('retire', 'not promoted yet');
    const stop = await announce({});
    await refused('promote', 'k2 is not known to r1 yet');
    await stop();
    await announce({ keyIds: ['k1', 'k2'] });
    expect((await rotate('promote', path)).code).toBe(0);
    await refused('add', 'a rotation is under way');
    await refused('retire', 'another key still seals on r1');
  });

  it('says what is wrong with the set or the step', async () => {
    const { rotate } = await seeded();
    const { path } = await written('env');
    expect(await rotate('finish', path)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/add, promote, retire/),
    });
    const jwt = await runCli(['secrets', 'rotate', 'jwt', '--step', 'add', '--source', path]);
    expect(jwt).toMatchObject({ code: 2, stderr: expect.stringContaining('one key') });
    await writeFile(path, 'ENCRYPTION_KEYS=k1:short\n');
    expect(await rotate('add', path)).toMatchObject({ code: 3, stderr: expect.stringContaining('32 bytes in base64') });
    await writeFile(path, 'RATE_LIMIT=5\n');
    expect(await rotate('add', path)).toMatchObject({ code: 3, stderr: expect.stringContaining('no ENCRYPTION_KEYS') });
  });

  it('prints no key, and changes nothing with --dry-run', async () => {
    const { rotate } = await seeded();
    const { path, keys } = await written('k8s');
    const dry = await rotate('add', path, '--dry-run', '--debug');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('would become: k1, k2') });
    expect(await keys()).toBe(old);
    const made = await rotate('add', path, '--json', '--debug');
    for (const part of (await keys()).split(',')) {
      const key = part.slice(part.indexOf(':') + 1);
      expect(dry.stdout + dry.stderr + made.stdout + made.stderr).not.toContain(key);
    }
  });
});

it('is whole after a kill at any moment, and just run again', async () => {
  const { dataDir } = await seeded();
  const { path, keys } = await written('env');
  let killed = 0;
  for (let delayMs = 60; delayMs <= 900; delayMs += 70) {
    await writeFile(path, `# mine\nENCRYPTION_KEYS=${old}\n`);
    const argv = [bin, 'secrets', 'rotate', 'encryption', '--step', 'add', '--source', path, '--data-dir', dataDir];
    const child = spawn(process.execPath, argv, { stdio: 'ignore', env: { PATH: process.env.PATH } });
    const ended = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
    const [, signal] = await ended;
    clearTimeout(timer);
    if (signal === 'SIGKILL') killed += 1;
    const list = await keys();
    expect(encryptionKeys.parse(list).ok).toBe(true);
    // The ids of earlier rounds are taken: the store knows them.
    expect(idsOf(list).join()).toMatch(/^k1(,k\d+)?$/);
    expect(list.startsWith(old)).toBe(true);
    const again = await runCli(argv.slice(1), {});
    expect(again.code).toBe(0);
    expect(idsOf(await keys()).join()).toMatch(/^k1,k\d+$/);
    if (list !== old) expect(await keys()).toBe(list);
  }
  expect(killed).toBeGreaterThan(0);
}, 60_000);
