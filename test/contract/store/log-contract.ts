// Station: test/contract/store. Promises about a session's log: one order, no gap, no duplicate, the projection behind it. Called by store-contract.
import { describe, expect, it } from 'vitest';
import { type Entry, type Store, StoreError } from '../../../src/server/ports/store.js';
import { messageOf, projectionOf, seedOf, testEpochMs, turnOf } from '../../helpers/store-fixtures.js';
import { openFresh, openOn, type StoreTarget } from './store-target.js';

async function withSession(target: StoreTarget) {
  const opened = await openFresh(target);
  await opened.store.createSession(seedOf());
  return opened;
}

/** Appends so many messages, m1, m2, … */
async function fill(store: Store, count: number): Promise<void> {
  for (let seq = 1; seq <= count; seq += 1) {
    await store.append('ann-1', seq, messageOf(`m${seq}`, { at: testEpochMs + seq }));
  }
}

export function logContract(target: StoreTarget): void {
  describe('the log', () => {
    it('appends at the head and reads back what was written, verbatim', async () => {
      const { store } = await withSession(target);
      const hostile = 'NUL \0, quotes \' " `, a $where and a bell \u0007';
      const bea = { kind: 'admin', id: 'bea', name: hostile } as const;
      const written: Entry[] = [
        messageOf('m1', { content: hostile, metadata: { 'a.b': hostile, $set: '1' }, fileId: 'f', fileUrl: 'u' }),
        { at: testEpochMs + 1, kind: 'rename', name: hostile },
        { at: testEpochMs + 2, kind: 'floor', holder: bea, previous: { kind: 'ai' }, epoch: 1, forced: true },
        { at: testEpochMs + 3, kind: 'floor', holder: { kind: 'ai' }, previous: bea, epoch: 2, lapsed: true },
        { at: testEpochMs + 4, kind: 'end', reason: 'user' },
      ];
      for (const [at, entry] of written.entries()) {
        expect(await store.append('ann-1', at + 1, entry)).toEqual({ kind: 'appended' });
      }
      expect(await store.entries('ann-1', { limit: 10 })).toEqual(written.map((entry, at) => ({ seq: at + 1, entry })));
    });

    it('stores half of a surrogate pair as it is, or refuses it', async () => {
      const { store } = await withSession(target);
      const half = messageOf('m1', { content: 'half \ud800 a pair' });
      const result = await store.append('ann-1', 1, half).catch((error: unknown) => error);
      if (result instanceof StoreError) expect(result.kind).toBe('invalid');
      else expect(await store.entries('ann-1', { limit: 1 })).toEqual([{ seq: 1, entry: half }]);
    });

    it('refuses a seq that is taken, one beyond the head, and a session that is not there', async () => {
      const { store } = await withSession(target);
      await store.append('ann-1', 1, messageOf('m1'));
      expect(await store.append('ann-1', 1, messageOf('m2'))).toEqual({ kind: 'conflict' });
      expect(await store.append('ann-1', 3, messageOf('m2'))).toEqual({ kind: 'conflict' });
      expect(await store.append('ann-1', 9, { at: testEpochMs, kind: 'help', place: 1 })).toEqual({ kind: 'conflict' });
      expect((await store.append('gone', 1, messageOf('m2'))).kind).toBe('gone');
      expect(await store.entries('ann-1', { limit: 10 })).toHaveLength(1);
    });

    it('answers the same send again with the entry that it made, whatever seq is asked', async () => {
      const { store } = await withSession(target);
      await fill(store, 3);
      const existing = { seq: 2, entry: messageOf('m2', { at: testEpochMs + 2 }) };
      for (const seq of [1, 2, 3, 4, 99]) {
        const again = await store.append('ann-1', seq, messageOf('m2', { content: 'other' }));
        expect(again).toEqual({ kind: 'duplicate', existing });
      }
      expect(await store.entries('ann-1', { limit: 10 })).toHaveLength(3);
    });

    it('keeps the message ids of senders and of sessions apart', async () => {
      const { store } = await withSession(target);
      await store.createSession(seedOf({ userId: 'bob' }));
      expect((await store.append('ann-1', 1, messageOf('m', { sender: 'user' }))).kind).toBe('appended');
      expect((await store.append('ann-1', 2, messageOf('m', { sender: 'ai' }))).kind).toBe('appended');
      expect((await store.append('ann-1', 3, messageOf('m', { sender: 'admin' }))).kind).toBe('appended');
      expect((await store.append('bob-1', 1, messageOf('m'))).kind).toBe('appended');
      expect((await store.entryOf('ann-1', 'ai', 'm'))?.seq).toBe(2);
      expect(await store.entryOf('ann-1', 'ai', 'other')).toBeNull();
      expect(await store.entryOf('gone', 'ai', 'm')).toBeNull();
    });

    it('lets one of many writers at one seq win, and hurts none of their neighbours', async () => {
      const { store, data } = await withSession(target);
      const other = await openOn(data);
      await store.createSession(seedOf({ userId: 'bob' }));
      const racers = Array.from({ length: 40 }, (_, at) =>
        (at % 2 === 0 ? store : other).append('ann-1', 1, messageOf(`m${at}`)),
      );
      const neighbour = store.append('bob-1', 1, messageOf('b'));
      const kinds = (await Promise.all(racers)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'appended')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'conflict')).toHaveLength(39);
      expect(await neighbour).toEqual({ kind: 'appended' });
    });

    it('stores a send once when it arrives many times at once', async () => {
      const { store, data } = await withSession(target);
      const other = await openOn(data);
      const sends = Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? store : other).append('ann-1', 1, messageOf('same')),
      );
      const kinds = (await Promise.all(sends)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'appended')).toHaveLength(1);
      expect(await store.entries('ann-1', { limit: 10 })).toHaveLength(1);
    });

    it('makes the turn with the entry, and leaves one that is there as it is', async () => {
      const { store } = await withSession(target);
      const turn = turnOf({ sessionId: 'ann-1', promptSeq: 1 });
      await store.append('ann-1', 1, messageOf('m1'), turn);
      expect(await store.turn(turn.id)).toEqual(turn);
      const again = { ...turn, modelId: 'another' };
      expect(await store.append('ann-1', 2, messageOf('m2'), again)).toEqual({ kind: 'appended', turn: 'taken' });
      expect((await store.turn(turn.id))?.modelId).toBe('echo');
      expect((await store.append('ann-1', 2, messageOf('m3'), turnOf({ sessionId: 'ann-1', promptSeq: 2 }))).kind).toBe(
        'conflict',
      );
      expect(await store.turn('ann-1:2:1')).toBeNull();
    });

    it('shows a read what was written before it, in every store on the data', async () => {
      const { store, data } = await withSession(target);
      const other = await openOn(data);
      for (let seq = 1; seq <= 50; seq += 1) {
        await store.append('ann-1', seq, messageOf(`m${seq}`));
        const [own, others] = await Promise.all([store.heads(['ann-1']), other.heads(['ann-1'])]);
        expect([own.get('ann-1'), others.get('ann-1')]).toEqual([seq, seq]);
      }
    });

    it('reads parts of a log: after, before, newest first cut, messages only', async () => {
      const { store } = await withSession(target);
      await fill(store, 4);
      await store.append('ann-1', 5, { at: testEpochMs, kind: 'help', place: 1 });
      await store.append('ann-1', 6, messageOf('m6'));
      const seqs = async (range: Parameters<Store['entries']>[1]) =>
        (await store.entries('ann-1', range)).map(({ seq }) => seq);
      expect(await seqs({ limit: 2 })).toEqual([1, 2]);
      expect(await seqs({ limit: 2, newest: true })).toEqual([5, 6]);
      expect(await seqs({ limit: 2, newest: true, messagesOnly: true })).toEqual([4, 6]);
      expect(await seqs({ limit: 9, messagesOnly: true })).toEqual([1, 2, 3, 4, 6]);
      expect(await seqs({ limit: 9, after: 2, before: 5 })).toEqual([3, 4]);
      expect(await seqs({ limit: 1, before: 5, newest: true })).toEqual([4]);
      expect(await seqs({ limit: 9, after: 6 })).toEqual([]);
      expect(await store.entries('gone', { limit: 9 })).toEqual([]);
    });

    it('tells the heads of logs, 0 for an empty one, and leaves out what is gone', async () => {
      const { store } = await withSession(target);
      await store.createSession(seedOf({ userId: 'bob' }));
      await fill(store, 3);
      expect(await store.heads(['ann-1', 'bob-1', 'gone'])).toEqual(
        new Map([
          ['ann-1', 3],
          ['bob-1', 0],
        ]),
      );
      expect(await store.heads([])).toEqual(new Map());
    });

    it('writes a projection only where its seq is greater', async () => {
      const { store } = await withSession(target);
      await fill(store, 3);
      await store.project([{ sessionId: 'ann-1', projection: projectionOf({ seq: 2, name: 'two \0' }) }]);
      await store.project([
        { sessionId: 'gone', projection: projectionOf({ seq: 9 }) },
        { sessionId: 'ann-1', projection: projectionOf({ seq: 2, name: 'again' }) },
      ]);
      await store.project([{ sessionId: 'ann-1', projection: projectionOf({ seq: 1, name: 'older' }) }]);
      expect((await store.session('ann-1'))?.projection).toEqual(projectionOf({ seq: 2, name: 'two \0' }));
      expect(await store.session('gone')).toBeNull();
    });

    it('keeps every field of a projection', async () => {
      const { store } = await withSession(target);
      const projection = projectionOf({
        seq: 7,
        named: true,
        modelId: 'echo',
        floor: { kind: 'admin', id: 'root', name: 'Root' },
        floorEpoch: 3,
        adminAssisted: true,
        assistingAdminId: 'root',
        assistingAdminName: 'Root',
        helpRequested: true,
        waitingSeq: 6,
        totalTokens: 11,
        responseCount: 2,
        responseTotalMs: 30,
        responseMaxMs: 20,
        messageCount: 5,
        endedAt: testEpochMs + 9,
      });
      await store.project([{ sessionId: 'ann-1', projection }]);
      expect((await store.session('ann-1'))?.projection).toEqual(projection);
    });

    it('names the sessions whose log is ahead of their projection by an old entry', async () => {
      const { store } = await withSession(target);
      await store.createSession(seedOf({ userId: 'bob' }));
      expect(await store.unprojected(testEpochMs + 100, 10)).toEqual([]);
      await fill(store, 3);
      await store.append('bob-1', 1, messageOf('b', { at: testEpochMs + 50 }));
      expect(await store.unprojected(testEpochMs + 1, 10)).toEqual([]);
      expect(await store.unprojected(testEpochMs + 2, 10)).toEqual(['ann-1']);
      expect([...(await store.unprojected(testEpochMs + 100, 10))].sort()).toEqual(['ann-1', 'bob-1']);
      expect(await store.unprojected(testEpochMs + 100, 1)).toHaveLength(1);
      await store.project([{ sessionId: 'ann-1', projection: projectionOf({ seq: 2 }) }]);
      expect(await store.unprojected(testEpochMs + 3, 10)).toEqual([]);
      expect(await store.unprojected(testEpochMs + 4, 10)).toEqual(['ann-1']);
      await store.project([
        { sessionId: 'ann-1', projection: projectionOf({ seq: 3 }) },
        { sessionId: 'bob-1', projection: projectionOf({ seq: 1 }) },
      ]);
      expect(await store.unprojected(testEpochMs + 100, 10)).toEqual([]);
    });
  });
}
