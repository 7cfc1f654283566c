// Station: test/contract/store. Promises about sessions: made once, found, shared, attached, deleted. Called by store-contract.
import { describe, expect, it } from 'vitest';
import { firstProjection } from '../../../src/server/ports/first-projection.js';
import { messageOf, projectionOf, seedOf, testEpochMs, turnOf } from '../../helpers/store-fixtures.js';
import { openFresh, openOn, type StoreTarget } from './store-target.js';

export function sessionContract(target: StoreTarget): void {
  describe('sessions', () => {
    it('makes a session whose projection is the first one', async () => {
      const { store } = await openFresh(target);
      const named = seedOf({ name: 'First chat', modelId: 'echo' });
      const unnamed = seedOf({ ordinal: 2, name: '' });
      for (const seed of [named, unnamed]) {
        expect(await store.createSession(seed)).toBe('created');
        const session = await store.session(seed.id);
        expect(session).toEqual({ ...seed, shareToken: null, projection: firstProjection(seed) });
      }
      expect(await store.session('nobody-1')).toBeNull();
    });

    it('refuses a second session of the same id, or of the same user and ordinal', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      expect(await store.createSession(seedOf({ userId: 'bob', id: 'ann-1' }))).toBe('taken');
      expect(await store.createSession(seedOf({ id: 'other' }))).toBe('taken');
      expect(await store.createSession(seedOf({ userId: 'bob' }))).toBe('created');
      expect(await store.session('other')).toBeNull();
    });

    it('R17: of many writers that race for one ordinal, on two stores, one makes the session', async () => {
      const { store, data } = await openFresh(target);
      const stores = [store, await openOn(data)];
      const racers = Array.from({ length: 16 }, (_, at) =>
        (stores[at % 2] ?? store).createSession(seedOf({ id: `racer-${at}` })),
      );
      const results = await Promise.all(racers);
      expect(results.filter((result) => result === 'created')).toHaveLength(1);
      const { session, lastOrdinal } = await store.activeSession('ann');
      expect(session?.id).toBe(`racer-${results.indexOf('created')}`);
      expect(lastOrdinal).toBe(1);
    });

    it('finds the active session of newest activity and the greatest ordinal', async () => {
      const { store } = await openFresh(target);
      expect(await store.activeSession('ann')).toEqual({ session: null, lastOrdinal: 0 });
      for (const ordinal of [1, 2, 3]) await store.createSession(seedOf({ ordinal }));
      await store.project([
        { sessionId: 'ann-1', projection: projectionOf({ lastActivityAt: testEpochMs + 20 }) },
        { sessionId: 'ann-2', projection: projectionOf({ lastActivityAt: testEpochMs + 10 }) },
        {
          sessionId: 'ann-3',
          projection: projectionOf({ lastActivityAt: testEpochMs + 30, endedAt: testEpochMs + 30 }),
        },
      ]);
      const { session, lastOrdinal } = await store.activeSession('ann');
      expect([session?.id, lastOrdinal]).toEqual(['ann-1', 3]);
    });

    it('remembers the greatest ordinal of a user whose sessions were deleted', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf({ ordinal: 1 }));
      await store.createSession(seedOf({ ordinal: 2 }));
      await store.deleteSession('ann-2');
      await store.deleteSession('ann-1');
      expect(await store.activeSession('ann')).toEqual({ session: null, lastOrdinal: 2 });
    });

    it('shares under the first token given, until it is revoked', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      expect(await store.share('ann-1', 'token-a')).toBe('token-a');
      expect(await store.share('ann-1', 'token-b')).toBe('token-a');
      expect((await store.sessionByShareToken('token-a'))?.id).toBe('ann-1');
      expect(await store.sessionByShareToken('token-b')).toBeNull();
      expect((await store.session('ann-1'))?.shareToken).toBe('token-a');
      await store.unshare('ann-1');
      expect(await store.sessionByShareToken('token-a')).toBeNull();
      expect(await store.share('ann-1', 'token-b')).toBe('token-b');
      expect(await store.share('gone', 'token-c')).toBeNull();
      await store.unshare('gone');
    });

    it('lets many who share at once agree on one token', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      const tokens = await Promise.all(Array.from({ length: 8 }, (_, at) => store.share('ann-1', `token-${at}`)));
      expect(new Set(tokens).size).toBe(1);
    });

    it('deletes the session, its log and its turns, and can do so again', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      await store.append('ann-1', 1, messageOf('m1'), turnOf({ sessionId: 'ann-1' }));
      await store.share('ann-1', 'token');
      await store.deleteSession('ann-1');
      await store.deleteSession('ann-1');
      expect(await store.session('ann-1')).toBeNull();
      expect(await store.sessionByShareToken('token')).toBeNull();
      expect(await store.entries('ann-1', { limit: 10 })).toEqual([]);
      expect(await store.turn('ann-1:1:1')).toBeNull();
      expect(await store.heads(['ann-1'])).toEqual(new Map());
      expect(await store.unprojected(testEpochMs + 1, 10)).toEqual([]);
      expect(['gone', 'conflict']).toContain((await store.append('ann-1', 2, messageOf('m2'))).kind);
    });

    it('names the sessions that nobody touched: active, not held, not waiting for help, not attached', async () => {
      const { store } = await openFresh(target);
      const now = testEpochMs + 1_000;
      for (const userId of ['idle', 'busy', 'held', 'help', 'ended', 'attached', 'left']) {
        await store.createSession(seedOf({ userId }));
      }
      const admin = { kind: 'admin', id: 'root', name: 'Root' } as const;
      await store.project([
        { sessionId: 'busy-1', projection: projectionOf({ lastActivityAt: testEpochMs + 500 }) },
        { sessionId: 'held-1', projection: projectionOf({ floor: admin }) },
        { sessionId: 'help-1', projection: projectionOf({ helpRequested: true }) },
        { sessionId: 'ended-1', projection: projectionOf({ endedAt: testEpochMs }) },
      ]);
      await store.keepAttached(['attached-1'], now + 1);
      await store.keepAttached(['left-1'], now);
      expect([...(await store.idleSessions(testEpochMs + 500, now, 10))].sort()).toEqual(['idle-1', 'left-1']);
      expect(await store.idleSessions(testEpochMs + 500, now, 1)).toHaveLength(1);
    });

    it('moves the end of an attachment later and never earlier', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      await store.keepAttached(['ann-1', 'gone'], testEpochMs + 100);
      await store.keepAttached(['ann-1'], testEpochMs + 50);
      expect(await store.idleSessions(testEpochMs + 1, testEpochMs + 99, 10)).toEqual([]);
      expect(await store.idleSessions(testEpochMs + 1, testEpochMs + 100, 10)).toEqual(['ann-1']);
    });

    it('says by a ping that it can be read and written', async () => {
      const { store } = await openFresh(target);
      expect(await store.ping()).toBeUndefined();
    });
  });
}
