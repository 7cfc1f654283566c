// Station: test/contract/store. Promises about the scan of everything that may be sealed, and about putting it anew. Called by store-contract.
import { describe, expect, it } from 'vitest';
import type { StoreAdapter, StoredRecord } from '../../../src/server/ports/store.js';
import { messageOf, projectionOf, seedOf, testEpochMs, turnOf } from '../../helpers/store-fixtures.js';
import { asideOf } from './aside-contract.js';
import { failureOf, openFresh, type StoreTarget } from './store-target.js';

/** A name for each record. */
function nameOf(record: StoredRecord): string {
  switch (record.kind) {
    case 'entry':
      return `${record.sessionId}#${record.log.seq}`;
    case 'session':
      return record.session.id;
    case 'turn':
      return record.turn.id;
    case 'aside':
      return `${record.aside.sessionId}!${record.aside.id}`;
  }
}

async function allRecords(store: StoreAdapter, limit: number, between: () => Promise<unknown> = async () => undefined) {
  const found: StoredRecord[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<StoreAdapter['records']>> = await store.records(after, limit);
    expect(page.records.length).toBeLessThanOrEqual(limit);
    found.push(...page.records);
    after = page.next;
    await between();
  } while (after !== null);
  return found;
}

const isOf =
  (name: string) =>
  (record: StoredRecord): boolean =>
    nameOf(record) === name;

async function seeded(target: StoreTarget<StoreAdapter>) {
  const opened = await openFresh(target);
  const { store } = opened;
  for (const userId of ['ann', 'bob']) {
    await store.createSession(seedOf({ userId }));
    for (let seq = 1; seq <= 5; seq += 1) {
      const turn = turnOf({ sessionId: `${userId}-1`, promptSeq: seq, state: 'complete', text: `answer ${seq}` });
      await store.append(`${userId}-1`, seq, messageOf(`m${seq}`), turn);
    }
    for (const id of ['w1', 'w2']) await store.putAside(asideOf(id, { sessionId: `${userId}-1` }));
  }
  return opened;
}

export function recordContract(target: StoreTarget<StoreAdapter>): void {
  describe('records', () => {
    it('meets every session, entry, turn and aside once, in pages of any size, as they are read by their keys', async () => {
      const { store } = await seeded(target);
      for (const limit of [1, 3, 100]) {
        const found = await allRecords(store, limit);
        expect(await store.countRecords()).toBe(found.length);
        expect(new Set(found.map(nameOf)).size).toBe(found.length);
        expect(found).toHaveLength(2 + 10 + 10 + 4);
        expect(found.find(isOf('ann-1'))).toEqual({ kind: 'session', session: await store.session('ann-1') });
        const [log] = await store.entries('bob-1', { after: 2, limit: 1 });
        expect(found.find(isOf('bob-1#3'))).toEqual({ kind: 'entry', sessionId: 'bob-1', log });
        expect(found.find(isOf('ann-1!w2'))).toEqual({ kind: 'aside', aside: asideOf('w2') });
        expect(found.find(isOf('ann-1:2:1'))).toEqual({ kind: 'turn', turn: await store.turn('ann-1:2:1') });
      }
      expect((await openFresh(target).then(({ store: empty }) => allRecords(empty, 10))).length).toBe(0);
    });

    it('meets once what lies there throughout, while others append and delete', async () => {
      const { store } = await seeded(target);
      await store.createSession(seedOf({ userId: 'gone' }));
      let seq = 5;
      const found = await allRecords(store, 2, async () => {
        seq += 1;
        await store.append('ann-1', seq, messageOf(`m${seq}`));
        if (seq === 8) await store.deleteSession('gone-1');
      });
      const names = found.map(nameOf);
      expect(new Set(names).size).toBe(names.length);
      for (let at = 1; at <= 5; at += 1) expect(names).toEqual(expect.arrayContaining([`ann-1#${at}`, `bob-1#${at}`]));
    });

    it('ends at a mark, though more is appended after it than is read', async () => {
      const { store } = await seeded(target);
      const before = (await allRecords(store, 100)).map(nameOf);
      const mark = await store.recordsMark();
      // As a server writes whose clock is right.
      const atMs = Date.now() + 3_600_000;
      let seq = 5;
      const met: string[] = [];
      for (let after: string | null | undefined; after !== null; ) {
        const page: Awaited<ReturnType<StoreAdapter['records']>> = await store.records(after ?? null, 2, mark);
        met.push(...page.records.map(nameOf));
        expect(met.length).toBeLessThanOrEqual(before.length);
        after = page.next;
        for (let at = 0; at < 3; at += 1) {
          seq += 1;
          for (const sessionId of ['ann-1', 'bob-1'])
            await store.append(sessionId, seq, messageOf(`m${seq}`, { at: atMs }));
        }
      }
      expect(met).toEqual(before);
      expect(await allRecords(store, 100)).toHaveLength(before.length + 2 * (seq - 5));
    });

    it('refuses a mark that is none', async () => {
      const { store } = await seeded(target);
      for (const mark of ['', 'x', '1:2', '-1'])
        expect(await failureOf(store.records(null, 10, mark)), mark).toMatchObject({
          name: 'StoreError',
          kind: 'invalid',
        });
    });

    it('refuses to go on from what no page said', async () => {
      const { store } = await seeded(target);
      expect(await failureOf(store.records('nowhere', 10))).toMatchObject({ name: 'StoreError', kind: 'invalid' });
    });

    it('puts a record anew only where it still lies there as it was read, each by itself', async () => {
      const { store } = await seeded(target);
      const found = await allRecords(store, 100);
      const changeOf = (name: string): { from: StoredRecord; to: StoredRecord } => {
        const from = found.find(isOf(name));
        if (from === undefined) throw new Error(`no record ${name}`);
        switch (from.kind) {
          case 'entry':
            return {
              from,
              to: { ...from, log: { ...from.log, entry: { ...from.log.entry, ...{ content: 'anew' } } } },
            };
          case 'session': {
            const { session } = from;
            return {
              from,
              to: {
                kind: 'session',
                session: { ...session, name: 'anew', projection: { ...session.projection, name: 'anew' } },
              },
            };
          }
          case 'turn':
            return { from, to: { ...from, turn: { ...from.turn, text: 'anew' } } };
          case 'aside':
            return { from, to: { ...from, aside: { ...from.aside, text: 'anew' } } };
        }
      };
      await store.deleteSession('bob-1');
      const changes = ['ann-1', 'ann-1#2', 'ann-1:2:1', 'ann-1!w1', 'bob-1', 'bob-1#2', 'bob-1:2:1', 'bob-1!w1'].map(
        changeOf,
      );
      expect(await store.rewrite(changes)).toEqual([true, true, true, true, false, false, false, false]);
      expect(await store.rewrite(changes)).toEqual(Array(8).fill(false));
      expect((await store.asides('ann-1', 10)).map(({ text }) => text)).toEqual(['anew', 'w2']);
      const session = await store.session('ann-1');
      expect([session?.name, session?.projection.name]).toEqual(['anew', 'anew']);
      expect(
        (await store.entries('ann-1', { limit: 10 })).map(({ seq, entry }) => [
          seq,
          entry.kind === 'message' && entry.content,
        ]),
      ).toEqual([
        [1, 'text of m1'],
        [2, 'anew'],
        [3, 'text of m3'],
        [4, 'text of m4'],
        [5, 'text of m5'],
      ]);
      expect(await store.turn('ann-1:2:1')).toEqual(
        turnOf({ sessionId: 'ann-1', promptSeq: 2, state: 'complete', text: 'anew' }),
      );
      expect(await store.rewrite([])).toEqual([]);
      expect(await failureOf(store.rewrite(Array.from({ length: 501 }, () => changeOf('ann-1'))))).toMatchObject({
        kind: 'invalid',
      });
    });

    it('leaves order, sends, projections and running turns as they were', async () => {
      const { store } = await seeded(target);
      const turn = turnOf({ sessionId: 'ann-1', promptSeq: 9, state: 'running', owner: 'a', epoch: 1, text: 'so far' });
      await store.createTurn(turn);
      const found = await allRecords(store, 100);
      const entry = found.find(isOf('ann-1#5'));
      const session = found.find(isOf('ann-1'));
      const running = found.find(isOf('ann-1:9:1'));
      if (entry?.kind !== 'entry' || session?.kind !== 'session' || running?.kind !== 'turn')
        throw new Error('not found');

      // A projection and a checkpoint come in between what was read and what is put: they win.
      await store.project([{ sessionId: 'ann-1', projection: projectionOf({ seq: 3, name: 'newer' }) }]);
      await store.checkpointTurn(turn.id, { owner: 'a', epoch: 1 }, 'further', testEpochMs);
      const renamed = { ...session.session, projection: { ...session.session.projection, name: 'anew' } };
      expect(
        await store.rewrite([
          { from: entry, to: { ...entry, log: { seq: 5, entry: messageOf('m5', { content: 'anew' }) } } },
          { from: session, to: { kind: 'session', session: renamed } },
          { from: running, to: { kind: 'turn', turn: { ...running.turn, text: 'anew' } } },
        ]),
      ).toEqual([true, false, false]);
      expect((await store.session('ann-1'))?.projection).toMatchObject({ seq: 3, name: 'newer' });
      expect((await store.turn(turn.id))?.text).toBe('further');
      expect(await store.checkpointTurn(turn.id, { owner: 'a', epoch: 1 }, 'further still', testEpochMs)).toBe('kept');

      expect((await store.append('ann-1', 6, messageOf('m5', { content: 'text of m5' }))).kind).toBe('duplicate');
      expect((await store.append('ann-1', 6, messageOf('m6'))).kind).toBe('appended');
      expect(await store.heads(['ann-1'])).toEqual(new Map([['ann-1', 6]]));
    });
  });
}
