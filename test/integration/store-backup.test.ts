// Station: test/integration. The lock on DATA_DIR, and copies of a store: whole, private, in one step, while a server writes.
import { existsSync, linkSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemRandom } from '../../src/common/random.js';
import { backupStore, restoreStore } from '../../src/server/store/sqlite/backup.js';
import { lockDataDir } from '../../src/server/store/sqlite/data-dir-lock.js';
import { connect } from '../../src/server/store/sqlite/driver.js';
import { databaseName } from '../../src/server/store/sqlite/sqlite-store.js';
import { failureOf } from '../contract/store/store-target.js';
import { eventually } from '../helpers/poll.js';
import { startStoreChild } from '../helpers/store-child-process.js';
import { messageOf, seedOf } from '../helpers/store-fixtures.js';
import { openThreaded, temporaryFolder } from '../helpers/store-sqlite.js';

/** A store with one session of so many messages, closed. */
async function madeStore(messages: number) {
  const dataDir = await temporaryFolder();
  const store = await openThreaded({ dataDir });
  await store.createSession(seedOf());
  for (let seq = 1; seq <= messages; seq += 1) await store.append('ann-1', seq, messageOf(`m${seq}`));
  await store.close();
  return { dataDir, file: join(dataDir, databaseName) };
}

async function headOf(dataDir: string): Promise<number | undefined> {
  const store = await openThreaded({ dataDir });
  const heads = await store.heads(['ann-1']);
  await store.close();
  return heads.get('ann-1');
}

const drafts = (folder: string) => readdirSync(folder).filter((name) => name.includes('draft'));

const taken = async (dataDir: string) => lockDataDir(dataDir);

describe('the lock on DATA_DIR', () => {
  it('is held once, in this process and among processes, and let go', async () => {
    const dataDir = await temporaryFolder();
    const release = lockDataDir(dataDir);
    expect(await failureOf(taken(dataDir))).toMatchObject({ name: 'StoreError', kind: 'busy' });
    const refused = startStoreChild({ adapter: 'sqlite', settings: { dataDir } }, { kind: 'lock' });
    expect(String(await failureOf(refused.ended()))).toMatch(/Another chatbox uses this DATA_DIR/);
    release();
    release();
    const again = lockDataDir(dataDir);
    again();
  });

  it('is dropped by the system when its holder is killed', async () => {
    const dataDir = await temporaryFolder();
    const holder = startStoreChild({ adapter: 'sqlite', settings: { dataDir } }, { kind: 'lock' });
    await holder.said('ready');
    expect(await failureOf(taken(dataDir))).toMatchObject({ kind: 'busy' });
    await holder.kill();
    const release = await eventually(async () => lockDataDir(dataDir));
    release();
  });

  it('is that of a store which is to be alone, from its opening to its close', async () => {
    const dataDir = await temporaryFolder();
    const alone = () => openThreaded({ dataDir, isAlone: true });
    const store = await alone();
    expect(await failureOf(alone())).toMatchObject({ name: 'StoreError', kind: 'busy' });
    expect(await failureOf(taken(dataDir))).toMatchObject({ kind: 'busy' });
    // One that does not ask to be alone is a tool beside the server.
    await (await openThreaded({ dataDir })).close();
    expect(await failureOf(alone())).toMatchObject({ kind: 'busy' });
    await store.close();
    await (await alone()).close();
    lockDataDir(dataDir)();
  });

  it('does not keep other tools from the store itself', async () => {
    const { dataDir } = await madeStore(1);
    const release = lockDataDir(dataDir);
    onTestFinished(release);
    expect(await headOf(dataDir)).toBe(1);
  });
});

describe('a backup', () => {
  it('is whole and private, while another process appends', async () => {
    const { dataDir, file } = await madeStore(3);
    const writer = startStoreChild(
      { adapter: 'sqlite', settings: { dataDir } },
      { kind: 'append', sessionIds: ['ann-1'], prefix: 'during' },
    );
    await writer.said('ready');
    writer.tell('go');
    await eventually(() => writer.lines.length > 20);
    const folder = await temporaryFolder();
    const to = join(folder, databaseName);
    const receipt = await backupStore({ from: file, to, overwrite: false }, systemRandom);
    expect(writer.lines.length).toBeGreaterThan(20);
    await writer.kill();
    expect(receipt).toEqual({ bytes: statSync(to).size, sessions: 1, entries: expect.any(Number) });
    expect(receipt.entries).toBeGreaterThanOrEqual(23);
    expect((statSync(to).mode & 0o777).toString(8)).toBe('600');
    expect(readdirSync(folder)).toEqual([databaseName]);
    expect(await headOf(folder)).toBe(receipt.entries);
  });

  it('overwrites only when told', async () => {
    const { file } = await madeStore(2);
    const to = join(await temporaryFolder(), 'copy.db');
    writeFileSync(to, 'mine');
    expect(await failureOf(backupStore({ from: file, to, overwrite: false }, systemRandom))).toMatchObject({
      kind: 'invalid',
    });
    expect(readFileSync(to, 'utf8')).toBe('mine');
    expect(await backupStore({ from: file, to, overwrite: true }, systemRandom)).toMatchObject({
      sessions: 1,
      entries: 2,
    });
  });

  it('is refused onto the files of the store itself, by whatever name, and leaves them as they are', async () => {
    const { dataDir, file } = await madeStore(2);
    const folder = await temporaryFolder();
    const [folderLink, fileLink, hardLink] = [join(folder, 'dir'), join(folder, 'soft.db'), join(folder, 'hard.db')];
    symlinkSync(dataDir, folderLink);
    symlinkSync(file, fileLink);
    linkSync(file, hardLink);
    const before = statSync(file).ino;
    const targets = [
      ...[file, `${file}-wal`, `${file}-shm`, join(dataDir, 'chatbox.lock')],
      ...[join(folderLink, databaseName), join(folderLink, `${databaseName}-wal`), fileLink, hardLink],
    ];
    for (const overwrite of [true, false]) {
      for (const to of targets) {
        const refusal = await failureOf(backupStore({ from: file, to, overwrite }, systemRandom));
        expect(refusal, to).toMatchObject({
          kind: 'invalid',
          message: expect.stringMatching(/a file of the store itself/),
        });
      }
    }
    const linked = await failureOf(backupStore({ from: fileLink, to: `${file}-wal`, overwrite: true }, systemRandom));
    expect(linked).toMatchObject({ kind: 'invalid' });
    expect(statSync(file).ino).toBe(before);
    expect(await headOf(dataDir)).toBe(2);
    const beside = join(dataDir, 'copy.db');
    expect(await backupStore({ from: file, to: beside, overwrite: true }, systemRandom)).toMatchObject({ entries: 2 });
  });

  it('of what is no store, or to where nothing can be written, fails and leaves nothing', async () => {
    const { dataDir, file } = await madeStore(1);
    const folder = await temporaryFolder();
    const to = join(folder, 'copy.db');
    expect(
      await failureOf(backupStore({ from: join(folder, 'none.db'), to, overwrite: false }, systemRandom)),
    ).toMatchObject({
      kind: 'invalid',
    });
    const theirs = join(folder, 'theirs.db');
    const connection = connect(theirs);
    connection.exec('CREATE TABLE theirs (a)');
    connection.close();
    expect(await failureOf(backupStore({ from: theirs, to, overwrite: false }, systemRandom))).toMatchObject({
      kind: 'corrupt',
    });
    expect(
      await failureOf(backupStore({ from: file, to: join(file, 'below'), overwrite: false }, systemRandom)),
    ).toMatchObject({
      name: 'StoreError',
    });
    expect([...drafts(folder), ...drafts(dataDir)]).toEqual([]);
    expect(existsSync(to)).toBe(false);
  });
});

describe('a restore', () => {
  it('puts the backup in the place of the store, and no log of the old one touches it', async () => {
    const { dataDir, file } = await madeStore(2);
    const backup = join(await temporaryFolder(), 'backup.db');
    await backupStore({ from: file, to: backup, overwrite: false }, systemRandom);
    const killed = startStoreChild(
      { adapter: 'sqlite', settings: { dataDir } },
      { kind: 'append', sessionIds: ['ann-1'], prefix: 'later' },
    );
    await killed.said('ready');
    killed.tell('go');
    await eventually(() => killed.lines.length > 20);
    await killed.kill();
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    const receipt = await restoreStore({ from: backup, to: file, overwrite: true }, systemRandom);
    expect(receipt).toEqual({ bytes: statSync(file).size, sessions: 1, entries: 2 });
    expect(existsSync(`${file}-wal`)).toBe(false);
    expect(existsSync(`${file}-shm`)).toBe(false);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(await headOf(dataDir)).toBe(2);
  });

  it('fills an empty folder, and replaces a store only when told', async () => {
    const { file } = await madeStore(2);
    const folder = join(await temporaryFolder(), 'new');
    const to = join(folder, databaseName);
    expect(await restoreStore({ from: file, to, overwrite: false }, systemRandom)).toMatchObject({ entries: 2 });
    expect(await failureOf(restoreStore({ from: file, to, overwrite: false }, systemRandom))).toMatchObject({
      kind: 'invalid',
    });
    expect(await headOf(folder)).toBe(2);
  });

  it('is refused from the store that it would replace, by whatever name', async () => {
    const { dataDir, file } = await madeStore(2);
    const folder = await temporaryFolder();
    const [softLink, hardLink] = [join(folder, 'soft.db'), join(folder, 'hard.db')];
    symlinkSync(file, softLink);
    linkSync(file, hardLink);
    for (const from of [file, softLink, hardLink]) {
      expect(await failureOf(restoreStore({ from, to: file, overwrite: true }, systemRandom)), from).toMatchObject({
        kind: 'invalid',
        message: expect.stringMatching(/would replace/),
      });
    }
    expect(await headOf(dataDir)).toBe(2);
  });

  it('replaces a store that is damaged beyond opening', async () => {
    const { file } = await madeStore(2);
    const folder = await temporaryFolder();
    const to = join(folder, databaseName);
    writeFileSync(to, 'no database any more'.repeat(500));
    expect(await restoreStore({ from: file, to, overwrite: true }, systemRandom)).toMatchObject({ entries: 2 });
    expect(await headOf(folder)).toBe(2);
  });

  it('is refused while a server runs on the folder', async () => {
    const { dataDir, file } = await madeStore(1);
    const backup = join(await temporaryFolder(), 'backup.db');
    await backupStore({ from: file, to: backup, overwrite: false }, systemRandom);
    const release = lockDataDir(dataDir);
    onTestFinished(release);
    expect(await failureOf(restoreStore({ from: backup, to: file, overwrite: true }, systemRandom))).toMatchObject({
      kind: 'busy',
    });
    expect(await headOf(dataDir)).toBe(1);
  });

  it('refuses a source that is empty, in use, damaged or newer, and leaves the store as it was', async () => {
    const { dataDir, file } = await madeStore(1);
    const folder = await temporaryFolder();
    const backup = join(folder, 'backup.db');
    await backupStore({ from: file, to: backup, overwrite: false }, systemRandom);
    const refused = async (from: string) =>
      (await failureOf(restoreStore({ from, to: file, overwrite: true }, systemRandom))) as { readonly kind: string };

    const empty = join(folder, 'empty.db');
    const none = connect(empty);
    none.exec('PRAGMA application_id = 1');
    none.close();
    expect((await refused(empty)).kind).toBe('invalid');

    const inUse = join(folder, 'in-use.db');
    await copyFile(backup, inUse);
    writeFileSync(`${inUse}-wal`, 'frames');
    expect((await refused(inUse)).kind).toBe('invalid');

    const damaged = join(folder, 'damaged.db');
    const bytes = readFileSync(backup);
    bytes.fill(0xff, 4_096, bytes.length - 4_096);
    writeFileSync(damaged, bytes);
    expect((await refused(damaged)).kind).toBe('corrupt');

    const newer = join(folder, 'newer.db');
    await copyFile(backup, newer);
    const connection = connect(newer);
    connection.exec('PRAGMA user_version = 99');
    connection.close();
    expect((await refused(newer)).kind).toBe('invalid');

    expect(await headOf(dataDir)).toBe(1);
    expect(drafts(dataDir)).toEqual([]);
  });
});
