// Station: test/integration. What the SQLite file itself must hold: schema versions, isolation within a batch, the driver's errors in our words, full disks.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreError } from '../../src/server/ports/store.js';
import { type Lane, openDatabase } from '../../src/server/store/sqlite/database.js';
import { connect } from '../../src/server/store/sqlite/driver.js';
import { fault } from '../../src/server/store/sqlite/fault.js';
import { migrate, schemaVersion } from '../../src/server/store/sqlite/migrate.js';
import { projectionValues, toLogEntry, toSession } from '../../src/server/store/sqlite/records.js';
import { migrations } from '../../src/server/store/sqlite/schema.js';
import { databaseName } from '../../src/server/store/sqlite/sqlite-store.js';
import { failureOf } from '../contract/store/store-target.js';
import { failingDriver } from '../helpers/failing-driver.js';
import { messageOf, projectionOf, seedOf, turnOf } from '../helpers/store-fixtures.js';
import { openInThread, openThreaded, temporaryFolder } from '../helpers/store-sqlite.js';

function thrownBy(run: () => unknown): StoreError {
  try {
    run();
  } catch (error) {
    return error as StoreError;
  }
  throw new Error('nothing was thrown');
}

async function freshDatabase(lane: Lane = 'write', maxPages = 0) {
  const file = join(await temporaryFolder(), databaseName);
  const database = openDatabase({ file, lane, maxPages, busyTimeoutMs: 200 });
  onTestFinished(() => database.close());
  return { file, database };
}

const session = (id: string, ordinal: number) =>
  ['createSession', id, 'ann', ordinal, 1, '{}', projectionValues(projectionOf({ seq: 0 }))] as const;
const append = (id: string, seq: number) => ['append', id, seq, 1, seq, '{}', null] as const;

describe('the schema of the SQLite store', () => {
  it('is brought to the newest version once, and opened as it is after that', async () => {
    const { file } = await freshDatabase();
    const connection = connect(file);
    expect(schemaVersion(connection)).toBe(migrations.length);
    migrate(connection);
    expect(connection.pragma('journal_mode')).toBe('wal');
    connection.close();
  });

  it('takes each missing step in its order, and keeps the last whole version when one fails', async () => {
    const connection = connect(join(await temporaryFolder(), 'x.db'));
    onTestFinished(() => connection.close());
    const steps = ['CREATE TABLE one (a)', 'CREATE TABLE two (a); INSERT INTO nowhere VALUES (1)'];
    expect(thrownBy(() => migrate(connection, steps)).name).toBe('StoreError');
    expect(connection.inTransaction).toBe(false);
    expect(schemaVersion(connection)).toBe(1);
    expect(connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").rows()).toEqual([['one']]);
    migrate(connection, ['CREATE TABLE one (a)', 'CREATE TABLE two (a)']);
    expect(schemaVersion(connection, 2)).toBe(2);
  });

  it('of a version that kept no second unfinished turn out of a session ends all but the last of them', async () => {
    const file = join(await temporaryFolder(), databaseName);
    const connection = connect(file);
    onTestFinished(() => connection.close());
    migrate(connection, migrations.slice(0, 3));
    const insert = connection.prepare(`
      INSERT INTO turn (id, session, prompt_seq, attempt, through_seq, state, epoch, lease_until, model_id, started_at, text, outcome, settled)
      VALUES (?1, ?2, ?3, 1, 1, ?4, 1, 0, 'm', 0, ?5, '{"usage":null,"end":null,"elapsedMs":7,"failure":null}', 0)`);
    insert.run('one:1', 1, 1, 'running', '"half"');
    insert.run('one:2', 1, 2, 'pending', '""');
    insert.run('one:3', 1, 3, 'running', '""');
    insert.run('two:1', 2, 1, 'complete', '"whole"');
    insert.run('two:2', 2, 2, 'pending', '""');
    migrate(connection);
    const rows = connection.prepare('SELECT id, state, settled, outcome FROM turn ORDER BY id').rows();
    const untold = '{"usage":null,"end":null,"elapsedMs":7,"failure":null}';
    const lost = '{"usage":null,"end":"interrupted","elapsedMs":7,"failure":"owner_lost"}';
    expect(rows).toEqual([
      // What it said is still to be written into the log.
      ['one:1', 'interrupted', 0, lost],
      ['one:2', 'interrupted', 1, lost],
      ['one:3', 'running', 0, untold],
      ['two:1', 'complete', 0, untold],
      ['two:2', 'pending', 0, untold],
    ]);
  });

  it('of a newer chatbox is refused, with what to do', async () => {
    const dataDir = await temporaryFolder();
    const store = await openInThread(dataDir);
    await store.close();
    const connection = connect(join(dataDir, databaseName));
    connection.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    connection.close();
    const error = await failureOf(openThreaded({ dataDir }));
    expect(error).toMatchObject({ name: 'StoreError', kind: 'invalid' });
    expect(String(error)).toMatch(
      new RegExp(
        `newer chatbox.*schema version is ${migrations.length + 1}.*up to ${migrations.length}.*Run that version.*restore a backup`,
      ),
    );
  });

  it('of another program, or a file that is no database, is refused as corrupt and left as it is', async () => {
    const dataDir = await temporaryFolder();
    const file = join(dataDir, databaseName);
    const connection = connect(file);
    connection.exec('CREATE TABLE theirs (a)');
    connection.close();
    expect(await failureOf(openThreaded({ dataDir }))).toMatchObject({ kind: 'corrupt' });
    rmSync(file);
    writeFileSync(file, 'this is no database'.repeat(1_000));
    expect(await failureOf(openThreaded({ dataDir }))).toMatchObject({ kind: 'corrupt' });
    expect(statSync(file).size).toBe(19_000);
  });

  it('lies in a folder and files that only the owner can read', async () => {
    const dataDir = join(await temporaryFolder(), 'made');
    const store = await openThreaded({ dataDir });
    await store.createSession(seedOf());
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(modeOf(dataDir)).toBe('700');
    for (const suffix of ['', '-wal', '-shm']) expect(modeOf(join(dataDir, `${databaseName}${suffix}`))).toBe('600');
  });
});

describe('a batch of the SQLite store', () => {
  it('keeps the neighbours of a call that fails, and nothing of that call', async () => {
    const { database } = await freshDatabase();
    database.run([session('s1', 1)]);
    const halfway = ['append', 's1', 2, 1, 2, '{}', ['turn-without-its-columns']] as const;
    const replies = database.run([append('s1', 1), halfway, append('s1', 2), ['unheard-of'], session('s2', 2)]);
    expect(replies).toEqual([
      'appended',
      expect.objectContaining({ failed: expect.any(String) }),
      'appended',
      expect.objectContaining({ failed: 'invalid' }),
      1,
    ]);
  });

  it('answers each call by itself where the file has no more room, and goes on when it has', async () => {
    const { database } = await freshDatabase('write', 120);
    const big = (seq: number) => ['append', 's1', seq, 1, seq, 'x'.repeat(20_000), null] as const;
    database.run([session('s1', 1), session('s2', 2)]);
    const replies = database.run(Array.from({ length: 40 }, (_, at) => big(at + 1)));
    const done = replies.filter((reply) => reply === 'appended').length;
    expect(done).toBeGreaterThan(0);
    expect(replies.slice(0, done)).toEqual(Array.from({ length: done }, () => 'appended'));
    expect(replies[done]).toMatchObject({ failed: 'full' });
    expect(database.run([['deleteSession', 's1'], append('s2', 1)])).toEqual([null, 'appended']);
  });

  it('fails whole while another process holds the file, with nothing written', async () => {
    const { file, database } = await freshDatabase();
    const other = connect(file);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const replies = database.run([session('s1', 1), session('s2', 2)]);
    expect(replies).toEqual([
      expect.objectContaining({ failed: 'unavailable' }),
      expect.objectContaining({ failed: 'unavailable' }),
    ]);
    other.exec('ROLLBACK');
    expect(database.run([session('s1', 1)])).toEqual([1]);
  });

  it('is refused by a thread that only reads', async () => {
    const { file } = await freshDatabase();
    const reader = openDatabase({ file, lane: 'read', maxPages: 0, busyTimeoutMs: 200 });
    onTestFinished(() => reader.close());
    expect(reader.run([append('s1', 1), ['session', 's1']])).toEqual([
      expect.objectContaining({ failed: 'invalid' }),
      null,
    ]);
  });
});

describe('a disk that fails', () => {
  const broken = new StoreError('unavailable', 'the disk failed');

  it('at COMMIT leaves the outcome unknown, nothing visible, and the next batch free', async () => {
    const file = join(await temporaryFolder(), databaseName);
    let isBroken = false;
    const open = failingDriver((sql) => (isBroken && sql === 'COMMIT' ? broken : null));
    const database = openDatabase({ file, lane: 'write', maxPages: 0, busyTimeoutMs: 200 }, open);
    onTestFinished(() => database.close());
    isBroken = true;
    expect(database.run([session('s1', 1), session('s2', 2)])).toEqual([
      expect.objectContaining({ failed: 'unknown_outcome' }),
      expect.objectContaining({ failed: 'unknown_outcome' }),
    ]);
    isBroken = false;
    expect(database.run([session('s1', 1)])).toEqual([1]);
  });

  it('at ROLLBACK too says the first reason, fails the next batch, and goes on once it is mended', async () => {
    const file = join(await temporaryFolder(), databaseName);
    let isBroken = false;
    const open = failingDriver((sql) => (isBroken && /^(COMMIT|ROLLBACK)/.test(sql) ? broken : null));
    const database = openDatabase({ file, lane: 'write', maxPages: 0, busyTimeoutMs: 200 }, open);
    onTestFinished(() => database.close());
    isBroken = true;
    expect(database.run([session('s1', 1)])).toMatchObject([{ failed: 'unknown_outcome' }]);
    expect(database.run([session('s1', 1)])).toMatchObject([{ failed: 'unavailable' }]);
    isBroken = false;
    expect(database.run([session('s1', 1)])).toEqual([1]);
  });

  it('while the journal mode is set is waited for, up to the bound', async () => {
    const file = join(await temporaryFolder(), databaseName);
    let refusals = 3;
    const open = failingDriver((sql) => {
      if (!sql.startsWith('journal_mode')) return null;
      refusals -= 1;
      return refusals >= 0 ? broken : null;
    });
    openDatabase({ file, lane: 'write', maxPages: 0, busyTimeoutMs: 200 }, open).close();
    expect(refusals).toBe(-1);
    refusals = 1_000;
    const settings = { file, lane: 'write', maxPages: 0, busyTimeoutMs: 30 } as const;
    expect(thrownBy(() => openDatabase(settings, open))).toBe(broken);
  });
});

describe('errors of the SQLite store', () => {
  it('are told by code, extended codes too, and never by the text of the driver', () => {
    const kinds = [
      ['SQLITE_FULL', 'full'],
      ['SQLITE_IOERR_FSYNC', 'unavailable'],
      ['SQLITE_BUSY_SNAPSHOT', 'unavailable'],
      ['SQLITE_CORRUPT_INDEX', 'corrupt'],
      ['SQLITE_NOTADB', 'corrupt'],
      ['SQLITE_CONSTRAINT_NOTNULL', 'invalid'],
      ['SQLITE_TOOBIG', 'invalid'],
      ['SQLITE_READONLY_DBMOVED', 'unavailable'],
      ['SQLITE_SOMETHING_NEW', 'unavailable'],
    ] as const;
    for (const [code, kind] of kinds) {
      const error = fault({ code, message: 'secret text' });
      expect([error.kind, error.message.includes('secret'), error.message.includes(code)]).toEqual([kind, false, true]);
    }
    for (const odd of [null, 'text', { code: 5 }, new Error('secret')]) {
      expect(fault(odd)).toMatchObject({ kind: 'unavailable', message: expect.not.stringContaining('secret') });
    }
  });

  it('name a record that cannot be read as corrupt', () => {
    expect(thrownBy(() => toLogEntry([1, '{"kind":']))).toMatchObject({ kind: 'corrupt' });
    expect(thrownBy(() => toSession([null, '{}', null]))).toMatchObject({ kind: 'corrupt' });
  });

  it('refuse a key that SQLite would change', async () => {
    const store = await openInThread(await temporaryFolder());
    await store.createSession(seedOf());
    for (const bad of ['NUL \0', 'half \ud800']) {
      expect(await failureOf(store.append('ann-1', 1, messageOf(bad)))).toMatchObject({ kind: 'invalid' });
      expect(await failureOf(store.createSession(seedOf({ userId: bad })))).toMatchObject({ kind: 'invalid' });
    }
    expect(await failureOf(store.entries('ann-1', { limit: 5_001 }))).toMatchObject({ kind: 'invalid' });
    expect(await failureOf(store.createTurn(turnOf({ sessionId: 'ann-1', attempt: 0 })))).toMatchObject({
      kind: 'invalid',
    });
    await store.createSession(seedOf({ ordinal: 2 }));
    await store.share('ann-1', 'token');
    expect(await failureOf(store.share('ann-2', 'token'))).toMatchObject({ kind: 'invalid' });
    await store.close();
  });
});

/** Mounts a file system of so many bytes; null where that is not allowed. */
function mountSmall(folder: string, size: string): { readonly unmount: () => void } | null {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
  return { unmount: () => execFileSync('umount', ['-l', folder]) };
}

describe('a full disk', () => {
  it('refuses writes as full, keeps what was acked, and goes on when there is room', async (context) => {
    const folder = join(await temporaryFolder(), 'small');
    const mounted = mountSmall(folder, '3m');
    if (mounted === null) return context.skip('a small file system can only be mounted by root');
    onTestFinished(mounted.unmount);
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1_000_000));
    const store = await openThreaded({ dataDir: folder });
    await store.createSession(seedOf());
    const content = 'x'.repeat(10_000);
    let acked = 0;
    let error: unknown;
    while (error === undefined && acked < 1_000) {
      await store.append('ann-1', acked + 1, messageOf(`m${acked}`, { content })).then(
        () => {
          acked += 1;
        },
        (why: unknown) => {
          error = why;
        },
      );
    }
    expect(error).toMatchObject({ name: 'StoreError', kind: expect.stringMatching(/^(full|unavailable)$/) });
    expect(acked).toBeGreaterThan(0);
    expect((await store.entries('ann-1', { limit: 5_000 })).length).toBe(acked);
    rmSync(ballast);
    expect(await store.append('ann-1', acked + 1, messageOf('after', { content }))).toEqual({ kind: 'appended' });
    await store.close();
    const again = await openThreaded({ dataDir: folder });
    expect((await again.heads(['ann-1'])).get('ann-1')).toBe(acked + 1);
    await again.close();
  });
});
