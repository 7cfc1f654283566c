// Station: test/integration. Folds and groups of the SQLite store's appends: broken off, without room, among other calls, and with ids that were made to collide.
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreError } from '../../src/server/ports/store.js';
import { type Call, openDatabase } from '../../src/server/store/sqlite/database.js';
import { connect } from '../../src/server/store/sqlite/driver.js';
import { projectionValues, sendHash, sendKeyOf } from '../../src/server/store/sqlite/records.js';
import { databaseName } from '../../src/server/store/sqlite/sqlite-store.js';
import { failureOf } from '../contract/store/store-target.js';
import { failingDriver } from '../helpers/failing-driver.js';
import { messageOf, projectionOf, seedOf } from '../helpers/store-fixtures.js';
import {
  appendCall,
  appendCalls,
  databaseOn,
  fill,
  look,
  oneFold,
  sessionCall,
  sidesOf,
} from '../helpers/store-folds.js';
import { openInThread, openThreaded, temporaryFolder } from '../helpers/store-sqlite.js';

describe('a fold', () => {
  it('that breaks off leaves everything where it was, and is made up for', async () => {
    for (const where of ['INSERT INTO sent', 'DELETE FROM fresh', 'COMMIT']) {
      let isBroken = false;
      let hasFolded = false;
      const broken = new StoreError('unavailable', 'the disk failed');
      const open = failingDriver((sql) => {
        hasFolded ||= sql.startsWith('INSERT INTO place');
        return isBroken && hasFolded && sql.startsWith(where) ? broken : null;
      });
      const { dataDir, database } = await databaseOn(open);
      database.run(appendCalls('s1', 1, oneFold - 10));
      isBroken = true;
      const failed = database.run(appendCalls('s1', oneFold - 9, oneFold + 10));
      const kind = where === 'COMMIT' ? 'unknown_outcome' : 'unavailable';
      expect(failed).toEqual(Array.from({ length: 20 }, () => expect.objectContaining({ failed: kind })));
      isBroken = false;
      expect(sidesOf(dataDir)).toEqual({ folded: 0, fresh: oneFold - 10 });
      expect(database.run([appendCall('s1', oneFold - 9, 'm7'), appendCall('s1', oneFold - 9)])).toEqual([
        [7, expect.any(String)],
        'appended',
      ]);
      // After a fold that failed some more are waited for.
      expect(new Set(database.run(appendCalls('s1', oneFold - 8, oneFold + 1_500)))).toEqual(new Set(['appended']));
      expect(sidesOf(dataDir)).toEqual({ folded: oneFold + 1_500, fresh: 0 });
    }
  });

  it('that finds no room refuses no append that has some', async () => {
    let isFull = true;
    let tries = 0;
    const full = new StoreError('full', 'no room');
    const open = failingDriver((sql) => {
      if (!sql.startsWith('INSERT INTO place')) return null;
      tries += 1;
      return isFull ? full : null;
    });
    const { dataDir, database } = await databaseOn(open);
    database.run(appendCalls('s1', 1, oneFold - 1));
    expect(database.run([appendCall('s1', oneFold)])).toEqual(['appended']);
    expect(tries).toBe(1);
    for (let from = oneFold + 1; from <= 4_000; from += 100) {
      expect(new Set(database.run(appendCalls('s1', from, Math.min(from + 99, 4_000))))).toEqual(new Set(['appended']));
    }
    expect(tries).toBeLessThan(5);
    expect(sidesOf(dataDir)).toEqual({ folded: 0, fresh: 4_000 });
    isFull = false;
    database.run(appendCalls('s1', 4_001, 5_200));
    expect(sidesOf(dataDir)).toEqual({ folded: 5_200, fresh: 0 });
  });
});

describe('a batch', () => {
  it('shows what it appended to whatever comes behind it in the batch', async () => {
    let begun = 0;
    const open = failingDriver((sql) => {
      if (sql.startsWith('BEGIN')) begun += 1;
      return null;
    });
    const { dataDir, file, database } = await databaseOn(open);
    const begunBefore = begun;
    const projected = projectionValues(projectionOf({ seq: 2 }));
    const replies = database.run([
      appendCall('s1', 1),
      appendCall('s1', 2, 'twice'),
      appendCall('s1', 3, 'twice'),
      appendCall('s1', 3),
      ['project', [['s1', ...projected]]],
      ...appendCalls('s2', 1, 40),
      ['deleteSession', 's2'],
      appendCall('s2', 41),
      sessionCall('s3', 3),
      appendCall('s3', 1),
    ]);
    // In one transaction: none of it had to be done anew by itself.
    expect(begun).toBe(begunBefore + 1);
    expect(replies.slice(0, 5)).toEqual(['appended', 'appended', [2, expect.any(String)], 'appended', null]);
    expect(replies.slice(45)).toEqual([null, 'gone', 1, 'appended']);
    expect(database.run([['unprojected', Number.MAX_SAFE_INTEGER, 10]])).toEqual([[['s3'], ['s1']]]);
    const reader = openDatabase({ file, lane: 'read', maxPages: 0, busyTimeoutMs: 200 });
    onTestFinished(() => reader.close());
    expect(reader.run([['heads', '["s1","s2","s3"]']])).toEqual([
      [
        ['s1', 3],
        ['s3', 1],
      ],
    ]);
    // What is behind is behind since the first entry that is not projected.
    expect(look(dataDir)("SELECT at FROM behind JOIN session ON key = session WHERE id = 's1'")).toBe(3);
    expect(look(dataDir)('SELECT count(*) FROM entry')).toBe(4);
  });

  it('rewrites what it appended', async () => {
    const store = await openInThread(await temporaryFolder());
    await store.createSession(seedOf());
    const from = { kind: 'entry', sessionId: 'ann-1', log: { seq: 1, entry: messageOf('m1') } } as const;
    const to = { ...from, log: { seq: 1, entry: messageOf('m1', { content: 'anew' }) } };
    const results = await Promise.all([store.append('ann-1', 1, messageOf('m1')), store.rewrite([{ from, to }])]);
    expect(results).toEqual([{ kind: 'appended' }, [true]]);
    expect(await store.entries('ann-1', { limit: 2 })).toMatchObject([{ entry: { content: 'anew' } }]);
    await store.close();
  });
});

describe('sends whose hash is the same', () => {
  const hash = 42;
  const alike = (seq: number, messageId: string): Call => [
    'append',
    's1',
    seq,
    seq,
    hash,
    JSON.stringify(messageOf(messageId)),
    null,
  ];

  it('are told apart while they are few, and refused when somebody makes many', async () => {
    const { database } = await databaseOn();
    for (let seq = 1; seq <= 8; seq += 1) expect(database.run([alike(seq, `a${seq}`)])).toEqual(['appended']);
    const expectTold = (head: number) => {
      const again = Array.from({ length: 8 }, (_, at) => alike(head + 1, `a${at + 1}`));
      expect(database.run(again)).toEqual(again.map((_, at) => [at + 1, expect.any(String)]));
      expect(database.run([alike(head + 1, 'a9')])).toEqual(['alike']);
    };
    expectTold(8);
    database.run(appendCalls('s1', 9, oneFold + 8));
    expectTold(oneFold + 8);
  });

  it('are refused with what to do', async () => {
    const dataDir = await temporaryFolder();
    const store = await openThreaded({ dataDir });
    await store.createSession(seedOf());
    await fill(store, 'ann-1', 1, 10);
    await store.close();
    const connection = connect(join(dataDir, databaseName));
    const send = sendHash(sendKeyOf(messageOf('new')) ?? '');
    for (let at = 0; at < 8; at += 1) connection.exec(`INSERT INTO sent VALUES (1, ${send}, ${at + 1})`);
    connection.close();
    const reopened = await openThreaded({ dataDir });
    const refused = await failureOf(reopened.append('ann-1', 11, messageOf('new')));
    expect(refused).toMatchObject({ kind: 'invalid', message: expect.stringContaining('another message id') });
    expect(await reopened.append('ann-1', 11, messageOf('newer'))).toEqual({ kind: 'appended' });
  });
});
