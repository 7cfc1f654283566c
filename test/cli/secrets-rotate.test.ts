// `chatbox secrets rotate encryption` on each kind of set, with a store of its own: the steps, what they refuse, and that a kill loses nothing. On both stores.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { encryptionKeys } from '../../src/server/config/encryption-keys.js';
import { runCli } from '../helpers/cli.js';
import { keyOf } from '../helpers/key-rotation.js';
import { mongoServer } from '../helpers/mongo-server.js';
import { oldKey, sealedStore } from '../helpers/sealed-store.js';
import { idsOf, killedAgainAndAgain, type SetKind, setKinds, setOnDisk } from '../helpers/secret-set.js';

const server = await mongoServer();
const apiKey = 'LLM_PROVIDER_1_API_KEY';

/** A set of one key, with what must stay in it. */
async function written(kind: SetKind, more: Readonly<Record<string, string>> = {}) {
  const set = await setOnDisk(kind, { [apiKey]: 'sk keep me', ...more, ENCRYPTION_KEYS: oldKey });
  return { ...set, keys: async () => (await set.get('ENCRYPTION_KEYS')) ?? '' };
}

async function rotatesThrough(kind: SetKind, mongoUri: string | null): Promise<void> {
  const { rotate, reseal } = await sealedStore(mongoUri);
  // The set itself says where the data is, as the one that the servers are given does.
  const { path, keys, get, text } = await written(kind, mongoUri === null ? {} : { MONGO_URI: mongoUri });
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
  expect(await get(apiKey)).toBe('sk keep me');
  if (kind !== 'files') expect(await text()).toContain('# mine');
  // The store knows k1 for good: its id is not given out again.
  expect(await rotate('add', path)).toMatchObject({ code: 0 });
  expect(idsOf(await keys())).toEqual(['k2', 'k3']);
}

describe.each(setKinds)('chatbox secrets rotate encryption on %s', (kind) => {
  it('adds, promotes and retires, and leaves all else as it was', async () => {
    await rotatesThrough(kind, null);
  });

  it('changes nothing when a step is taken again', async () => {
    const { rotate, reseal } = await sealedStore(null);
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

it.skipIf(server === null)(
  `adds, promotes and retires on ${server?.name ?? 'MongoDB'}, found by the set itself`,
  async () => await rotatesThrough('k8s', server?.uri ?? ''),
  60_000,
);

async function refusesWhatMayNotBe(mongoUri: string | null): Promise<void> {
  const { announce, rotate } = await sealedStore(mongoUri);
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
}

describe('a step whose precondition fails', () => {
  it('is refused, and the set is as it was', async () => {
    await refusesWhatMayNotBe(null);
  });

  it.skipIf(server === null)(
    `is refused on ${server?.name ?? 'MongoDB'} too`,
    async () => await refusesWhatMayNotBe(server?.uri ?? ''),
    60_000,
  );

  it('says what is wrong with the set or the step', async () => {
    const { rotate } = await sealedStore(null);
    const { path } = await written('env');
    expect(await rotate('finish', path)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/add, promote, retire/),
    });
    expect(await rotate('retire', path, '--token-lifetime', '8h')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--token-lifetime is for keys of tokens'),
    });
    const other = await runCli(['secrets', 'rotate', 'tls', '--step', 'add', '--source', path]);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('jwt or encryption') });
    await writeFile(path, 'ENCRYPTION_KEYS=k1:short\n');
    expect(await rotate('add', path)).toMatchObject({ code: 3, stderr: expect.stringContaining('32 bytes in base64') });
    await writeFile(path, 'RATE_LIMIT=5\n');
    expect(await rotate('add', path)).toMatchObject({ code: 3, stderr: expect.stringContaining('no ENCRYPTION_KEYS') });
  });

  it('prints no key, and changes nothing with --dry-run', async () => {
    const { rotate } = await sealedStore(null);
    const { path, keys } = await written('k8s');
    const dry = await rotate('add', path, '--dry-run', '--debug');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('would become: k1, k2') });
    expect(await keys()).toBe(oldKey);
    const made = await rotate('add', path, '--json', '--debug');
    for (const part of (await keys()).split(',')) {
      const key = part.slice(part.indexOf(':') + 1);
      expect(dry.stdout + dry.stderr + made.stdout + made.stderr).not.toContain(key);
    }
  });
});

describe('a kill at any moment leaves a set that is whole, and the step is just taken again', () => {
  const fresh = keyOf('k2', 90);
  const steps = {
    add: { from: oldKey, to: /^k1,k\d+$/ },
    promote: { from: `${oldKey},${fresh}`, to: /^k2,k1$/ },
    retire: { from: `${fresh},${oldKey}`, to: /^k2$/ },
  } as const;
  type Step = keyof typeof steps;

  async function survives(step: Step, mongoUri: string | null, parts: readonly number[]): Promise<void> {
    const { from, to } = steps[step];
    const store = await sealedStore(mongoUri);
    const set = await written('env');
    if (step === 'retire') expect((await store.reseal(from)).code).toBe(0);
    const killed = await killedAgainAndAgain(
      {
        argv: ['secrets', 'rotate', 'encryption', '--step', step, '--source', set.path, ...store.argv],
        env: store.env,
      },
      parts,
      {
        before: () => set.put({ ENCRYPTION_KEYS: from, [apiKey]: 'sk keep me' }),
        after: async () => {
          const left = await set.keys();
          expect(encryptionKeys.parse(left).ok).toBe(true);
          if (left !== from) expect(idsOf(left).join()).toMatch(to);
          expect(await store.rotate(step, set.path)).toMatchObject({ code: 0 });
          expect(idsOf(await set.keys()).join()).toMatch(to);
          // Of the keys that were there none is another than before.
          for (const part of (await set.keys()).split(',').filter((each) => /^k1:/.test(each) || step !== 'add'))
            expect([oldKey, fresh]).toContain(part);
          if (left !== from) expect(await set.keys()).toBe(left);
          expect(await set.get(apiKey)).toBe('sk keep me');
        },
      },
    );
    expect(killed).toBeGreaterThan(0);
  }

  it.each(['add', 'promote', 'retire'] as const)(
    '%s',
    async (step) => {
      await survives(step, null, [0.3, 0.7, 0.9, 0.97]);
    },
    60_000,
  );

  it.skipIf(server === null).each(['add', 'promote', 'retire'] as const)(
    `%s on ${server?.name ?? 'MongoDB'}`,
    async (step) => await survives(step, server?.uri ?? '', [0.3, 0.85, 0.95]),
    60_000,
  );
});
