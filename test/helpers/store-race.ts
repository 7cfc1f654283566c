// Station: test/helpers. Two processes append to one session at the same time, and the account of its log afterwards. Called by the store's contract and the long tests.
import { expect } from 'vitest';
import { openFresh, type StoreTarget } from '../contract/store/store-target.js';
import { startStoreChild } from './store-child-process.js';
import { seedOf } from './store-fixtures.js';

const pageSize = 1_000;

/** Lets two processes append `count` entries each; then the log must have each of them once, and no gap. Resolves to its length. */
export async function raceOfTwo(target: StoreTarget, count: number): Promise<number> {
  const { store, data } = await openFresh(target);
  await store.createSession(seedOf());
  const writers = ['one', 'two'];
  const children = writers.map((writer) =>
    startStoreChild(data.child, { kind: 'race', sessionId: 'ann-1', writer, count }),
  );
  await Promise.all(children.map((started) => started.said('ready')));
  for (const started of children) started.tell('go');
  await Promise.all(children.map((started) => started.ended()));

  const seqs: number[] = [];
  const ids: string[] = [];
  for (let isMore = true; isMore; ) {
    const page = await store.entries('ann-1', { after: seqs.length, limit: pageSize });
    for (const { seq, entry } of page) {
      seqs.push(seq);
      ids.push(entry.kind === 'message' ? entry.messageId : '');
    }
    isMore = page.length === pageSize;
  }
  expect(seqs).toEqual(Array.from({ length: 2 * count }, (_, at) => at + 1));
  const wanted = writers.flatMap((writer) => Array.from({ length: count }, (_, at) => `${writer}-${at}`));
  expect(ids.toSorted()).toEqual(wanted.toSorted());
  return seqs.length;
}
