// Station: test/contract/store. What every store refuses, and how it says so. Called by store-contract.
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Store, StoreError } from '../../../src/server/ports/store.js';
import { messageOf, projectionOf, seedOf, testEpochMs } from '../../helpers/store-fixtures.js';
import { asideOf } from './aside-contract.js';
import { failureOf, openFresh, type StoreTarget } from './store-target.js';

/** What a call resolves to; null where the store refuses the value for good. */
async function orRefused<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    expect(error).toMatchObject({ name: 'StoreError', kind: 'invalid' });
    return null;
  }
}

/** Calls of every kind, each of which would do something on an open store. */
const calls: readonly (readonly [name: string, call: (store: Store) => Promise<unknown>])[] = [
  ['ping', (store) => store.ping()],
  ['createSession', (store) => store.createSession(seedOf())],
  ['session', (store) => store.session('ann-1')],
  ['append', (store) => store.append('ann-1', 1, messageOf('m'))],
  ['project', (store) => store.project([])],
  ['turn', (store) => store.turn('t')],
  ['listSessions', (store) => store.listSessions({ sortBy: 'user_id', sortOrder: 'asc', limit: 1, now: 1 })],
  ['metrics', (store) => store.metrics({ from: 1, to: 2, now: 3 })],
];

export function boundsContract(target: StoreTarget): void {
  describe('bounds', () => {
    it('refuses more than 500 ids or projections at once', async () => {
      const { store } = await openFresh(target);
      const ids = Array.from({ length: 501 }, (_, at) => `s${at}`);
      const changes = ids.map((sessionId) => ({ sessionId, projection: projectionOf() }));
      for (const run of [
        () => store.heads(ids),
        () => store.keepAttached(ids, testEpochMs),
        () => store.project(changes),
      ]) {
        expect(await failureOf(run())).toMatchObject({ name: 'StoreError', kind: 'invalid' });
      }
      expect(await store.heads(ids.slice(1))).toEqual(new Map());
      await store.project(changes.slice(1));
    });

    it('refuses a seq that is no place in a log', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      for (const seq of [0, -1, 1.5, Number.NaN]) {
        expect(await failureOf(store.append('ann-1', seq, messageOf('m')))).toMatchObject({ kind: 'invalid' });
      }
      expect(await store.heads(['ann-1'])).toEqual(new Map([['ann-1', 0]]));
    });

    it('keeps a text of 17 MiB as it is or refuses it as invalid, and whoever came with it is not hurt', async () => {
      const { store } = await openFresh(target);
      for (const userId of ['ann', 'bob']) await store.createSession(seedOf({ userId }));
      const text = 'x'.repeat(17 * 2 ** 20);
      const large = messageOf('large', { content: text });
      const [kept, before, after] = await Promise.all([
        orRefused(store.append('ann-1', 1, large)),
        store.append('bob-1', 1, messageOf('b1')),
        orRefused(store.putAside(asideOf('w', { sessionId: 'bob-1', text }))),
      ]);
      expect(before).toEqual({ kind: 'appended' });
      expect(await store.append('bob-1', 2, messageOf('b2'))).toEqual({ kind: 'appended' });
      const log = await store.entries('ann-1', { limit: 2 });
      expect(log.map(({ seq, entry }) => [seq, isDeepStrictEqual(entry, large)])).toEqual(
        kept === null ? [] : [[1, true]],
      );
      const asides = await store.asides('bob-1', 2);
      expect(asides.map((aside) => aside.text === text)).toEqual(after === null ? [] : [true]);
      expect(await store.append('ann-1', kept === null ? 1 : 2, messageOf('next'))).toEqual({ kind: 'appended' });
    });

    it('refuses every call once it is closed, and closes again without complaint', async () => {
      const { store } = await openFresh(target);
      await store.createSession(seedOf());
      await store.close();
      await store.close();
      for (const [name, call] of calls) {
        const error = await failureOf(call(store));
        expect([name, error instanceof StoreError && error.kind]).toEqual([name, 'closed']);
      }
    });

    it('does what was called before it was closed', async () => {
      const { store, data } = await openFresh(target);
      await store.createSession(seedOf());
      const appended = store.append('ann-1', 1, messageOf('m'));
      await store.close();
      expect(await appended).toEqual({ kind: 'appended' });
      const again = await data.open();
      try {
        expect(await again.heads(['ann-1'])).toEqual(new Map([['ann-1', 1]]));
      } finally {
        await again.close();
      }
    });
  });
}
