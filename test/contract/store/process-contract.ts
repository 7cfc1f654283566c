// Station: test/contract/store. Promises that only two processes, or the death of one, can break. Called by store-contract.
import { describe, expect, it } from 'vitest';
import { startStoreChild } from '../../helpers/store-child-process.js';
import { seedOf } from '../../helpers/store-fixtures.js';
import { killWhileAppending } from '../../helpers/store-kill.js';
import { openFresh, type StoreTarget } from './store-target.js';

const kills = 4;
const seed = Math.floor(Math.random() * 2 ** 31);

export function processContract(target: StoreTarget): void {
  describe('processes', () => {
    it('two processes that append to one session 500 entries each make one log without gap or double', async () => {
      const { store, data } = await openFresh(target);
      await store.createSession(seedOf());
      const task = (writer: string) => ({ kind: 'race', sessionId: 'ann-1', writer, count: 500 }) as const;
      const children = ['one', 'two'].map((writer) => startStoreChild(data.child, task(writer)));
      await Promise.all(children.map((started) => started.said('ready')));
      for (const started of children) started.tell('go');
      await Promise.all(children.map((started) => started.ended()));

      const log = await store.entries('ann-1', { limit: 2_000 });
      expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_000 }, (_, at) => at + 1));
      const ids = log.map(({ entry }) => (entry.kind === 'message' ? entry.messageId : ''));
      expect(new Set(ids).size).toBe(1_000);
      for (const writer of ['one', 'two']) expect(ids.filter((id) => id.startsWith(writer))).toHaveLength(500);
    });

    it(`keeps every acked entry through ${kills} kills of the process that appends (seed ${seed})`, async () => {
      const { data } = await openFresh(target);
      const { acked } = await killWhileAppending(data, { kills, seed });
      expect(acked).toBeGreaterThan(kills);
    }, 90_000);
  });
}
