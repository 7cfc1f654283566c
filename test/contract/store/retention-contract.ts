// Station: test/contract/store. Promises about what may be removed: sessions whose retention ran out, users who are to be forgotten. Called by store-contract.
import { describe, expect, it } from 'vitest';
import { projectionOf, seedOf, testEpochMs } from '../../helpers/store-fixtures.js';
import { openFresh, type StoreTarget } from './store-target.js';

export function retentionContract(target: StoreTarget): void {
  describe('retention', () => {
    it('names ended sessions last active before a time, oldest first, and never an active one', async () => {
      const { store } = await openFresh(target);
      const ends: Readonly<Record<string, number | null>> = { old: 100, older: 50, young: 900, active: null };
      for (const userId of Object.keys(ends)) await store.createSession(seedOf({ userId }));
      await store.project(
        Object.entries(ends).map(([userId, at]) => ({
          sessionId: `${userId}-1`,
          projection: projectionOf({
            lastActivityAt: testEpochMs + (at ?? 0),
            endedAt: at === null ? null : testEpochMs + at + 5_000,
          }),
        })),
      );
      expect(await store.expiredSessions(testEpochMs + 500, 10)).toEqual(['older-1', 'old-1']);
      expect(await store.expiredSessions(testEpochMs + 500, 1)).toEqual(['older-1']);
      expect(await store.expiredSessions(testEpochMs + 50, 10)).toEqual([]);
      await store.deleteSession('older-1');
      expect(await store.expiredSessions(testEpochMs + 500, 10)).toEqual(['old-1']);
    });

    it('forgets how many sessions a user had, and nothing of others', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf({ ordinal: 3 }));
      await store.createSession(seedOf({ userId: 'bob', ordinal: 2 }));
      await store.deleteSession('ann-3');
      await store.forgetUser('ann');
      await store.forgetUser('ann');
      await store.forgetUser('nobody');
      expect(await store.activeSession('ann')).toEqual({ session: null, lastOrdinal: 0 });
      expect((await store.activeSession('bob')).lastOrdinal).toBe(2);
      expect(await store.createSession(seedOf())).toBe('created');
      expect((await store.activeSession('ann')).lastOrdinal).toBe(1);
    });
  });
}
