// Station: test/integration. Places of entries are folded into their index in bulk: nothing may tell on which side of the fold an entry stands.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EntryRange, StoreAdapter } from '../../src/server/ports/store.js';
import { connect } from '../../src/server/store/sqlite/driver.js';
import { migrate } from '../../src/server/store/sqlite/migrate.js';
import {
  projectionColumns,
  projectionValues,
  seedJson,
  sendHash,
  sendKeyOf,
} from '../../src/server/store/sqlite/records.js';
import { migrations } from '../../src/server/store/sqlite/schema.js';
import { databaseName } from '../../src/server/store/sqlite/sqlite-store.js';
import { eventually } from '../helpers/poll.js';
import { startStoreChild } from '../helpers/store-child-process.js';
import { messageOf, projectionOf, seedOf } from '../helpers/store-fixtures.js';
import { entryAt, fill, look, oneFold, sidesOf } from '../helpers/store-folds.js';
import { randomOf } from '../helpers/store-kill.js';
import { openThreaded, temporaryFolder } from '../helpers/store-sqlite.js';

/** Holds ranges of every kind against what must be there. */
async function expectLog(store: StoreAdapter, sessionId: string, length: number, around: readonly number[]) {
  const random = randomOf(length);
  const anySeq = () => Math.floor(random() * (length + 2));
  const edges = [...around.flatMap((seq) => [seq - 1, seq, seq + 1]), 0, length, length + 1];
  const anyEdge = () => edges[Math.floor(random() * edges.length)] ?? 0;
  const all = Array.from({ length }, (_, at) => at + 1);
  for (let round = 0; round < 200; round += 1) {
    const range: EntryRange = {
      after: round % 2 === 0 ? anyEdge() : anySeq(),
      before: round % 3 === 0 ? anyEdge() : anySeq() + length,
      limit: 1 + Math.floor(random() * 60),
      newest: random() < 0.5,
      messagesOnly: random() < 0.5,
    };
    const { after = 0, before = 0, limit } = range;
    const inRange = all.filter((seq) => seq > after && seq < before && !(range.messagesOnly && seq % 3 === 0));
    const wanted = range.newest ? inRange.slice(-limit) : inRange.slice(0, limit);
    const found = await store.entries(sessionId, range);
    expect(
      found.map(({ seq }) => seq),
      JSON.stringify(range),
    ).toEqual(wanted);
    for (const { seq, entry } of found) expect(entry.at).toBe(seq);
  }
}

describe('a log on both sides of the fold', () => {
  it('is read in both directions, within any bounds, as one', { timeout: 60_000 }, async () => {
    const dataDir = await temporaryFolder();
    const store = await openThreaded({ dataDir });
    await store.createSession(seedOf());
    await store.createSession(seedOf({ userId: 'bob' }));
    await fill(store, 'bob-1', 1, 40);
    await fill(store, 'ann-1', 1, oneFold);
    await fill(store, 'ann-1', oneFold + 1, oneFold + 30);
    await fill(store, 'bob-1', 41, 60);
    const { folded, fresh } = sidesOf(dataDir);
    expect(folded).toBeGreaterThanOrEqual(oneFold);
    expect(fresh).toBeGreaterThan(0);
    const border = look(dataDir)(
      "SELECT max(seq) FROM place WHERE session = (SELECT key FROM session WHERE id = 'ann-1')",
    );
    await expectLog(store, 'ann-1', oneFold + 30, [border]);
    await expectLog(store, 'bob-1', 60, [40]);
    expect(await store.heads(['ann-1', 'bob-1', 'none'])).toEqual(
      new Map([
        ['ann-1', oneFold + 30],
        ['bob-1', 60],
      ]),
    );
    expect(await store.countRecords()).toBe(2 + oneFold + 30 + 60);
  });

  it('takes one entry at a place, and a send once, whichever side it stands on', { timeout: 60_000 }, async () => {
    const dataDir = await temporaryFolder();
    const store = await openThreaded({ dataDir });
    await store.createSession(seedOf());
    const end = oneFold + 530;
    await fill(store, 'ann-1', 1, end);
    for (let reopened = store, round = 0; round < 2; round += 1) {
      for (const seq of [1, 2_000, end]) {
        const other = messageOf(`other ${seq}`);
        expect(await reopened.append('ann-1', seq, other)).toEqual({ kind: 'conflict' });
        const send = seq % 3 === 0 ? seq - 1 : seq;
        expect(await reopened.append('ann-1', end + 1, messageOf(`m${send}`))).toMatchObject({
          kind: 'duplicate',
          existing: { seq: send, entry: { content: `text of m${send}` } },
        });
        expect((await reopened.entryOf('ann-1', 'user', `m${send}`))?.seq).toBe(send);
        expect(await reopened.entryOf('ann-1', 'admin', `m${send}`)).toBeNull();
      }
      expect(await reopened.append('ann-1', end + 2, messageOf('gap'))).toEqual({ kind: 'conflict' });
      if (round === 1) break;
      await reopened.close();
      reopened = await openThreaded({ dataDir });
    }
  });

  it('leaves nothing on either side when its session is deleted, and nothing to the one that gets its keys', {
    timeout: 60_000,
  }, async () => {
    const dataDir = await temporaryFolder();
    const store = await openThreaded({ dataDir });
    await store.createSession(seedOf({ userId: 'bob' }));
    await store.createSession(seedOf());
    await fill(store, 'bob-1', 1, 20);
    await fill(store, 'ann-1', 1, oneFold);
    await fill(store, 'ann-1', oneFold + 1, oneFold + 40);
    await fill(store, 'bob-1', 21, 30);
    await store.deleteSession('ann-1');
    const count = look(dataDir);
    const places = '(SELECT entry FROM place UNION ALL SELECT entry FROM fresh)';
    for (const table of ['entry', places]) expect(count(`SELECT count(*) FROM ${table}`), table).toBe(30);
    expect(count(`SELECT count(*) FROM ${places} JOIN entry ON key = entry`)).toBe(30);
    expect(count('SELECT count(*) FROM sent WHERE entry NOT IN (SELECT key FROM entry)')).toBe(0);
    await store.createSession(seedOf({ userId: 'cy' }));
    expect(await store.heads(['cy-1'])).toEqual(new Map([['cy-1', 0]]));
    await fill(store, 'cy-1', 1, oneFold + 10);
    await expectLog(store, 'cy-1', oneFold + 10, [oneFold]);
    await expectLog(store, 'bob-1', 30, [20]);
    expect(await store.append('bob-1', 31, messageOf('m4'))).toMatchObject({ kind: 'duplicate', existing: { seq: 4 } });
  });

  it('is whole for whoever reads while another process appends and folds', { timeout: 60_000 }, async () => {
    const dataDir = await temporaryFolder();
    const store = await openThreaded({ dataDir });
    const sessionIds = ['ann', 'bob', 'cy'].map((userId) => seedOf({ userId }).id);
    for (const userId of ['ann', 'bob', 'cy']) await store.createSession(seedOf({ userId }));
    // A few of this process's own, so that it remembers heads and has to learn that they moved.
    for (const id of sessionIds) await fill(store, id, 1, 2);
    const writers = sessionIds.map((sessionId) =>
      startStoreChild(
        { adapter: 'sqlite', settings: { dataDir } },
        { kind: 'race', sessionId, writer: sessionId, count: 1_000 },
      ),
    );
    await Promise.all(writers.map((writer) => writer.said('ready')));
    let isOver = false;
    const over = Promise.all(writers.map((writer) => writer.ended())).then(() => {
      isOver = true;
    });
    for (const writer of writers) writer.tell('go');
    const seen = new Map<string, number>();
    while (!isOver) {
      for (const id of sessionIds) {
        const log = await store.entries(id, { limit: 5_000 });
        expect(log.map(({ seq }) => seq)).toEqual(Array.from(log, (_, at) => at + 1));
        expect(log.length).toBeGreaterThanOrEqual(seen.get(id) ?? 2);
        const newest = await store.entries(id, { limit: 10, newest: true });
        expect(newest.at(-1)?.seq).toBeGreaterThanOrEqual(log.length);
        const head = (await store.heads([id])).get(id) ?? 0;
        expect(head).toBeGreaterThanOrEqual(newest.at(-1)?.seq ?? 0);
        seen.set(id, head);
      }
    }
    await over;
    expect(sidesOf(dataDir).folded).toBeGreaterThan(0);
    for (const id of sessionIds) expect(await store.append(id, 1_003, messageOf('last'))).toEqual({ kind: 'appended' });
  });
});

describe('a process that is killed around a fold', () => {
  const seed = Date.now();

  it(`leaves each acked entry on exactly one side (seed ${seed})`, { timeout: 60_000 }, async () => {
    const dataDir = await temporaryFolder();
    const sessionIds = ['ann', 'bob', 'cy'].map((userId) => seedOf({ userId }).id);
    const first = await openThreaded({ dataDir });
    for (const userId of ['ann', 'bob', 'cy']) await first.createSession(seedOf({ userId }));
    await first.close();
    const random = randomOf(seed);
    let length = 0;
    for (let kill = 0; kill < 4; kill += 1) {
      // So near below a fold that the child does it, and is killed somewhere about then.
      const store = await openThreaded({ dataDir });
      await fillUpTo(store, dataDir, oneFold - 60);
      await store.close();
      const child = startStoreChild(
        { adapter: 'sqlite', settings: { dataDir } },
        { kind: 'append', sessionIds, prefix: `kill${kill}` },
      );
      await child.said('ready');
      const foldedBefore = sidesOf(dataDir).folded;
      child.tell('go');
      const wanted = Math.floor(random() * 120);
      await eventually(() => child.lines.length > wanted, { timeoutMs: 15_000, everyMs: 1, what: `${wanted} acks` });
      await child.kill();
      const after = await openThreaded({ dataDir });
      const heads = await after.heads(sessionIds);
      length = [...heads.values()].reduce((sum, head) => sum + head, 0);
      for (const line of child.lines) {
        const [, id = '', seq = '', messageId = ''] = /^ack (\S+) (\d+) (\S+)$/.exec(line) ?? [];
        if (messageId !== '') expect((await after.entryOf(id, 'user', messageId))?.seq).toBe(Number(seq));
      }
      await after.close();
      const { folded, fresh } = sidesOf(dataDir);
      expect(folded + fresh).toBe(length);
      expect(folded === foldedBefore || fresh < oneFold - 60).toBe(true);
      const count = look(dataDir);
      expect(count('SELECT count(*) FROM entry')).toBe(length);
      expect(count('SELECT count(*) FROM log')).toBe(length);
      expect(count('SELECT count(*) FROM place JOIN fresh USING (session, seq)')).toBe(0);
    }
    expect(sidesOf(dataDir).folded).toBeGreaterThan(0);
  });

  /** Appends to the first session until so many entries are fresh. */
  async function fillUpTo(store: StoreAdapter, dataDir: string, fresh: number): Promise<void> {
    const missing = fresh - sidesOf(dataDir).fresh;
    const head = (await store.heads(['ann-1'])).get('ann-1') ?? 0;
    const calls = Array.from({ length: missing }, (_, at) =>
      store.append('ann-1', head + 1 + at, { at: 1, kind: 'rename', name: 'n' }),
    );
    await Promise.all(calls);
  }
});

describe('a file of schema version 4', () => {
  it('keeps every log: what the index of sends held is folded, the rest is fresh', { timeout: 60_000 }, async () => {
    const dataDir = await temporaryFolder();
    const file = join(dataDir, databaseName);
    const old = connect(file);
    migrate(old, migrations.slice(0, 4));
    const columns = ['id', 'user_id', 'ordinal', 'started_at', 'seed', 'span', ...projectionColumns];
    const addSession = old.prepare(
      `INSERT INTO session (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    const addEntry = old.prepare(
      'INSERT INTO entry (session, seq, at, send, send_hash, body) VALUES (?, ?, ?, ?, ?, ?)',
    );
    const users = ['ann', 'bob', 'cy'];
    for (const userId of users) {
      const seed = seedOf({ userId });
      addSession.run(
        seed.id,
        userId,
        1,
        seed.startedAt,
        seedJson(seed),
        -seed.startedAt,
        ...projectionValues(projectionOf()),
      );
    }
    const length = 900;
    old.exec('BEGIN');
    for (let seq = 1; seq <= length; seq += 1) {
      for (const key of [3, 1, 2]) {
        const entry = entryAt(seq);
        const send = sendKeyOf(entry);
        addEntry.run(key, seq, entry.at, send, send === null ? null : sendHash(send), JSON.stringify(entry));
      }
    }
    old.exec(`
      INSERT INTO sent SELECT session, send_hash, key FROM entry WHERE key <= 2500 AND send IS NOT NULL;
      UPDATE sent_through SET entry = 2500;
      COMMIT`);
    const firstOfItsAppends = old.prepare('SELECT entry FROM sent_through');
    expect(firstOfItsAppends.row()).toEqual([2_500]);

    const store = await openThreaded({ dataDir });
    // A server of that version, had it the file open still, would be stopped by this.
    expect(() => firstOfItsAppends.row()).toThrow('SQLITE_ERROR');
    old.close();
    expect(sidesOf(dataDir)).toEqual({ folded: 2_500, fresh: 3 * length - 2_500 });
    const count = look(dataDir);
    expect(count("SELECT count(*) FROM sqlite_master WHERE name IN ('entry_seq', 'sent_through')")).toBe(0);
    for (const [at, userId] of users.entries()) {
      const id = seedOf({ userId }).id;
      await expectLog(store, id, length, [833, 834]);
      for (const seq of [1, 800, 835, 899]) {
        expect(await store.append(id, length + 1, messageOf(`m${seq}`))).toMatchObject({
          kind: 'duplicate',
          existing: { seq },
        });
        expect((await store.entryOf(id, 'user', `m${seq}`))?.seq).toBe(seq);
      }
      expect(await store.append(id, length, messageOf('late'))).toEqual({ kind: 'conflict' });
      expect(await store.append(id, length + 1, messageOf('after', { at: at + 1 }))).toEqual({ kind: 'appended' });
    }
    await store.project([{ sessionId: 'ann-1', projection: projectionOf({ seq: length + 1 }) }]);
    expect(await store.unprojected(Number.MAX_SAFE_INTEGER, 10)).not.toContain('ann-1');
    await store.deleteSession('bob-1');
    expect(count('SELECT count(*) FROM entry')).toBe(2 * (length + 1));
    expect(sidesOf(dataDir)).toMatchObject({ folded: 2 * 833 + 1 });
  });
});
