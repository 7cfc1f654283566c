// Station: test/contract/store. An adapter keeps sealed values as they are, wherever a text may be one, and knows them from texts. Called by store-contract.
import { describe, expect, it } from 'vitest';
import { firstProjection } from '../../../src/server/ports/first-projection.js';
import type { Aside, Entry, Sealed, StoreAdapter, StoredRecord, Turn } from '../../../src/server/ports/store.js';
import { projectionOf, seedOf, testEpochMs, turnOf } from '../../helpers/store-fixtures.js';
import { openFresh, type StoreTarget } from './store-target.js';

const seal = (what: string): Sealed => ({ sealed: `cbx1:k1:${what}` });

function sealedMessage(messageId: string, what: string): Entry<Sealed> {
  return {
    at: testEpochMs,
    kind: 'message',
    sender: 'user',
    type: 'user_message',
    messageId,
    authorId: 'ann',
    ...seal(what),
  };
}

const seqOf = (record: StoredRecord<Sealed>): number => (record.kind === 'entry' ? record.log.seq : 0);

async function everyRecord(store: StoreAdapter<Sealed>): Promise<StoredRecord<Sealed>[]> {
  const found: StoredRecord<Sealed>[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page: Awaited<ReturnType<typeof store.records>> = await store.records(after ?? null, 10);
    found.push(...page.records);
    after = page.next;
  }
  return found;
}

export function sealedContract(target: StoreTarget<StoreAdapter<Sealed>>): void {
  describe('sealed values', () => {
    it('come back as they were written, of messages, names and the floor', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      const entries: readonly Entry<Sealed>[] = [
        sealedMessage('m1', 'words'),
        { at: testEpochMs, kind: 'rename', name: seal('name') },
        {
          at: testEpochMs,
          kind: 'floor',
          holder: { kind: 'admin', id: 'root', name: seal('root') },
          previous: { kind: 'ai' },
          epoch: 1,
        },
      ];
      for (const [at, entry] of entries.entries()) {
        expect(await store.append('ann-1', at + 1, entry)).toEqual({ kind: 'appended' });
      }
      expect((await store.entries('ann-1', { limit: 10 })).map(({ entry }) => entry)).toEqual(entries);
      expect(await store.entryOf('ann-1', 'user', 'm1')).toEqual({ seq: 1, entry: entries[0] });
      expect(await store.append('ann-1', 4, sealedMessage('m1', 'other words'))).toEqual({
        kind: 'duplicate',
        existing: { seq: 1, entry: entries[0] },
      });
    });

    it('come back as they were written, of sessions and their projections', async () => {
      const { store } = await openFresh(target);
      const seed = { ...seedOf(), name: seal('born so') };
      await store.createSession(seed);
      expect(await store.session('ann-1')).toEqual({ ...seed, shareToken: null, projection: firstProjection(seed) });
      const projection = {
        ...projectionOf({ seq: 2, named: true }),
        name: seal('called so'),
        floor: { kind: 'admin', id: 'root', name: seal('root') } as const,
        assistingAdminName: seal('root again'),
      };
      await store.project([{ sessionId: 'ann-1', projection }]);
      await store.share('ann-1', 'token');
      const session = { ...seed, projection, shareToken: 'token' };
      expect(await store.session('ann-1')).toEqual(session);
      expect(await store.sessionByShareToken('token')).toEqual(session);
      expect((await store.activeSession('ann')).session).toEqual(session);
      const query = { sortBy: 'start_time', sortOrder: 'desc', limit: 5, now: testEpochMs } as const;
      expect((await store.listSessions(query)).sessions).toEqual([session]);
    });

    it('come back as they were written, of turns', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      const made: Turn<Sealed> = {
        ...turnOf({ sessionId: 'ann-1', state: 'running', owner: 'a', epoch: 1 }),
        text: seal('first'),
      };
      await store.append('ann-1', 1, sealedMessage('m1', 'words'), made);
      expect(await store.turn(made.id)).toEqual(made);
      await store.checkpointTurn(made.id, { owner: 'a', epoch: 1 }, seal('second'), testEpochMs);
      expect((await store.latestTurn('ann-1'))?.text).toEqual(seal('second'));
      const outcome = {
        state: 'complete',
        end: 'complete',
        usage: null,
        elapsedMs: 1,
        failure: null,
        settled: false,
      } as const;
      const ended = await store.endTurn(made.id, { owner: 'a', epoch: 1 }, { ...outcome, text: seal('third') });
      expect(ended?.text).toEqual(seal('third'));
      expect((await store.unsettledTurns(testEpochMs + 1, 5)).map(({ text }) => text)).toEqual([seal('third')]);
    });

    it('come back as they were written, of asides, and are put anew there', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      const facts = { sessionId: 'ann-1', id: 'w1', seq: 0, kind: 'note', adminId: 'root', at: testEpochMs } as const;
      const aside: Aside<Sealed> = { ...facts, text: seal('first') };
      expect(await store.putAside(aside)).toBe('kept');
      expect(await store.asides('ann-1', 5)).toEqual([aside]);
      const [from] = (await everyRecord(store)).filter(({ kind }) => kind === 'aside');
      if (from?.kind !== 'aside') throw new Error('not found');
      const anew: Aside<Sealed> = { ...facts, text: seal('second') };
      expect(await store.rewrite([{ from, to: { kind: 'aside', aside: anew } }])).toEqual([true]);
      expect(await store.asides('ann-1', 5)).toEqual([anew]);
    });

    it('are put anew by compare-and-set, and are never taken for a text that looks like one', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      const typed = { authorName: null, content: 'cbx1:k1:words' };
      const { sealed: _, ...facts } = { sealed: '', ...sealedMessage('m1', '') };
      await store.append('ann-1', 1, { ...facts, ...typed } as Entry<Sealed>);
      await store.append('ann-1', 2, sealedMessage('m2', 'words'));
      const entries = (await everyRecord(store)).filter(({ kind }) => kind === 'entry');
      const [plain, sealed] = entries.sort((one, other) => seqOf(one) - seqOf(other));
      if (plain?.kind !== 'entry' || sealed?.kind !== 'entry') throw new Error('not found');
      expect(plain.log.entry).toMatchObject(typed);
      const anew = { ...sealed, log: { seq: 2, entry: sealedMessage('m2', 'with another key') } };
      const asText = { ...sealed, log: { seq: 2, entry: { ...facts, messageId: 'm2', ...typed } as Entry<Sealed> } };
      expect(await store.rewrite([{ from: asText, to: anew }])).toEqual([false]);
      expect(await store.rewrite([{ from: sealed, to: anew }])).toEqual([true]);
      expect(await store.entryOf('ann-1', 'user', 'm2')).toEqual(anew.log);
    });
  });
}
