// Commands on keys judge by a store that is there: they make none, and say which one they looked at. The old key was taken out by what an empty one approved of.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { keyOf } from '../helpers/key-rotation.js';
import { mongoServer } from '../helpers/mongo-server.js';
import { oldKey, sealedStore } from '../helpers/sealed-store.js';
import { dropDatabase, freshDatabase } from '../helpers/store-mongodb.js';
import { openThreaded, temporaryFolder } from '../helpers/store-sqlite.js';

const server = await mongoServer();
const list = `${keyOf('k2', 90)},${oldKey}`;

/** A folder with a set of secrets in it. */
async function withSet(keys: string) {
  const cwd = await temporaryFolder();
  const path = join(cwd, 'set.env');
  await writeFile(path, `ENCRYPTION_KEYS=${keys}\n`);
  const rotate = (step: string, ...more: readonly string[]) =>
    runCli(['secrets', 'rotate', 'encryption', '--step', step, '--source', path, ...more], { cwd });
  return { cwd, path, rotate, text: () => readFile(path, 'utf8') };
}

describe('where no store is named and none lies in the default folder', () => {
  it.each([
    ['secrets rotate add', oldKey, ['secrets', 'rotate', 'encryption', '--step', 'add', '--source', 'set.env']],
    ['secrets rotate promote', list, ['secrets', 'rotate', 'encryption', '--step', 'promote', '--source', 'set.env']],
    ['secrets rotate retire', list, ['secrets', 'rotate', 'encryption', '--step', 'retire', '--source', 'set.env']],
    ['keys list', oldKey, ['keys', 'list']],
    ['keys list --scan', oldKey, ['keys', 'list', '--scan', '--env-file', 'set.env']],
    ['keys rotate', oldKey, ['keys', 'rotate', '--env-file', 'set.env']],
  ])('%s is refused, makes no store, and leaves the set as it is', async (_, keys, argv) => {
    const { cwd, text } = await withSet(keys);
    const { code, stdout, stderr } = await runCli(argv, { cwd });
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('no store is named, and there is none in');
    expect(stderr).toContain('give --config, --data-dir or MONGO_URI');
    expect(await readdir(cwd)).toEqual(['set.env']);
    expect(await text()).toBe(`ENCRYPTION_KEYS=${keys}\n`);
  });

  it('a MONGO_URI in the set names no folder for a SQLite store', async () => {
    const { cwd, path, rotate } = await withSet(list);
    await writeFile(path, `ENCRYPTION_KEYS=${list}\nMONGO_URI=mongodb://u:p@127.0.0.1:9/chat\n`);
    await writeFile(join(cwd, 'chatbox.yaml'), 'store:\n  kind: sqlite\n');
    const { code, stderr } = await rotate('retire', '--config', 'chatbox.yaml');
    expect([code, stderr]).toEqual([3, expect.stringContaining('no store is named, and there is none in')]);
  });

  it('a folder that is named and holds no store is refused with where it was named, for keys of tokens too', async () => {
    const { cwd, rotate, path } = await withSet(list);
    await writeFile(join(cwd, 'chatbox.yaml'), 'store:\n  dataDir: elsewhere\n');
    const config = ['--config', 'chatbox.yaml'];
    const jwt = `k1:${keyOf('x', 3).slice(2)},k2:${keyOf('x', 60).slice(2)}`;
    await writeFile(path, `ENCRYPTION_KEYS=${list}\nJWT_KEYS=${jwt}\n`);
    const runs = [
      await rotate('retire', ...config),
      await runCli(['keys', 'list', ...config], { cwd }),
      await runCli(['secrets', 'rotate', 'jwt', '--step', 'promote', '--source', path, ...config], { cwd }),
    ];
    for (const { code, stderr } of runs) {
      expect(code).toBe(3);
      expect(stderr).toMatch(/there is no store in \S+elsewhere \(chatbox\.yaml:2\b[^)]*\)/);
    }
    expect((await readdir(cwd)).sort()).toEqual(['chatbox.yaml', 'set.env']);
  });
});

describe('which store it is', () => {
  it('is said on stderr, with --quiet too, where the default folder holds one that nobody named', async () => {
    const { cwd, rotate } = await withSet(oldKey);
    await mkdir(join(cwd, '.chatbox'));
    await openThreaded({ dataDir: join(cwd, '.chatbox') });
    const { code, stderr } = await rotate('add', '--quiet');
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: no store is named: this looks at the store in \S+\.chatbox, and at no other/);
    expect(stderr).toContain('no server has ever sealed anything in the store in');
    expect((await rotate('add', '--data-dir', '.chatbox')).stderr).not.toContain('no store is named');
  });

  it('an empty one in which no server ever sealed lets no key be retired', async () => {
    const { rotate, text } = await withSet(list);
    const dataDir = await temporaryFolder();
    await openThreaded({ dataDir });
    const { code, stderr } = await rotate('retire', '--data-dir', dataDir);
    expect([code, stderr]).toEqual([
      6,
      expect.stringContaining('the store is empty and no server has ever sealed in it'),
    ]);
    expect(await text()).toContain(oldKey);
  });

  it.skipIf(server === null)(
    `nor does an empty database of ${server?.name ?? 'MongoDB'}: its name was a slip`,
    async () => {
      const uri = server?.uri ?? '';
      const { env } = await sealedStore(uri);
      const database = freshDatabase();
      onTestFinished(() => dropDatabase(uri, database));
      const { path, text } = await withSet(list);
      const slip = await runCli(['secrets', 'rotate', 'encryption', '--step', 'retire', '--source', path], {
        env: { ...env, MONGO_DATABASE: database },
      });
      expect([slip.code, slip.stderr]).toEqual([6, expect.stringContaining('the store is empty')]);
      expect(slip.stderr).toContain(`in the MongoDB database ${database}`);
      expect(await text()).toContain(oldKey);
    },
    60_000,
  );

  it('retire is refused where something is sealed with a key that the list does not have', async () => {
    const { argv } = await sealedStore(null);
    for (const keys of [keyOf('k2', 90), `${keyOf('k3', 91)},${keyOf('k2', 90)}`]) {
      const { rotate, text } = await withSet(keys);
      const { code, stdout, stderr } = await rotate('retire', ...argv);
      expect([code, stdout]).toEqual([6, '']);
      expect(stderr).toMatch(/\d+ values are sealed with k1, a key that is missing here: nothing opens them/);
      expect(await text()).toBe(`ENCRYPTION_KEYS=${keys}\n`);
    }
  });
});
