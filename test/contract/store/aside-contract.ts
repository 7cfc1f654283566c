// Station: test/contract/store. Promises about words beside a log: kept once, read by their place, gone with their session. Called by store-contract.
import { describe, expect, it } from 'vitest';
import type { Aside } from '../../../src/server/ports/store.js';
import { messageOf, seedOf, testEpochMs } from '../../helpers/store-fixtures.js';
import { failureOf, openFresh, openOn, type StoreTarget } from './store-target.js';

/** An instruction to the model. */
export function asideOf(id: string, aside: Partial<Aside> = {}): Aside {
  return { sessionId: 'ann-1', id, seq: 1, kind: 'whisper', adminId: 'root', at: testEpochMs, text: id, ...aside };
}

async function withSession(target: StoreTarget) {
  const opened = await openFresh(target);
  await opened.store.createSession(seedOf());
  await opened.store.append('ann-1', 1, messageOf('m1'));
  return opened;
}

export function asideContract(target: StoreTarget): void {
  describe('asides', () => {
    it('are kept once under their id in their session, and read back as they were, by every store', async () => {
      const { store, data } = await withSession(target);
      const aside = asideOf('w1', { text: 'be brief \u0000 \ud83d {"$where":"1"}' });
      expect(await store.putAside(aside)).toBe('kept');
      expect(await store.putAside({ ...aside, text: 'another' })).toBe('taken');
      expect(await (await openOn(data)).asides('ann-1', 10)).toEqual([aside]);
      await store.createSession(seedOf({ userId: 'bob' }));
      expect(await store.putAside({ ...aside, sessionId: 'bob-1' })).toBe('kept');
      expect(await store.asides('ann-1', 10)).toHaveLength(1);
    });

    it('come in order of their place, then of time; the newest where there are more', async () => {
      const { store } = await withSession(target);
      const places = [
        asideOf('a', { seq: 2, at: testEpochMs + 5 }),
        asideOf('b', { seq: 0 }),
        asideOf('c', { seq: 2, at: testEpochMs + 1, kind: 'note' }),
        asideOf('d', { seq: 10 }),
      ];
      for (const aside of places) await store.putAside(aside);
      expect((await store.asides('ann-1', 10)).map(({ id }) => id)).toEqual(['b', 'c', 'a', 'd']);
      expect((await store.asides('ann-1', 2)).map(({ id }) => id)).toEqual(['a', 'd']);
      expect(await store.asides('nobody-1', 10)).toEqual([]);
    });

    it('change nothing of the log, and are in no part of it', async () => {
      const { store } = await withSession(target);
      await store.putAside(asideOf('w1', { text: 'canary' }));
      expect(await store.heads(['ann-1'])).toEqual(new Map([['ann-1', 1]]));
      expect(JSON.stringify(await store.entries('ann-1', { limit: 10 }))).not.toContain('canary');
      expect(JSON.stringify(await store.session('ann-1'))).not.toContain('canary');
    });

    it('are gone with their session, and a new one of that id begins without any', async () => {
      const { store } = await withSession(target);
      await store.putAside(asideOf('w1'));
      await store.deleteSession('ann-1');
      expect(await store.asides('ann-1', 10)).toEqual([]);
      expect(await store.putAside(asideOf('w2'))).toBe('gone');
      await store.createSession(seedOf({ ordinal: 2, id: 'ann-1' }));
      expect(await store.asides('ann-1', 10)).toEqual([]);
    });

    it('are refused without an id, with one that is too long, and out of their bounds', async () => {
      const { store } = await withSession(target);
      expect(await store.putAside(asideOf('i'.repeat(200)))).toBe('kept');
      for (const run of [
        () => store.putAside(asideOf('')),
        () => store.putAside(asideOf('i'.repeat(201))),
        () => store.putAside(asideOf('w', { seq: -1 })),
        () => store.asides('ann-1', 0),
        () => store.asides('ann-1', 1_001),
      ]) {
        expect(await failureOf(run())).toMatchObject({ name: 'StoreError', kind: 'invalid' });
      }
    });
  });
}
