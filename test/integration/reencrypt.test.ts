// Everything sealed anew where there is enough for a second thread: whole, stopped and gone on with, over what does not open. On the SQLite store.
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import type { KeyWork } from '../../src/server/ports/keys.js';
import type { Sealed, StoreAdapter } from '../../src/server/ports/store.js';
import { encrypted } from '../../src/server/store/encryption/encrypted-store.js';
import { createKeyWork } from '../../src/server/store/encryption/key-work.js';
import { createKeyring } from '../../src/server/store/encryption/keyring.js';
import { messageOf, seedOf } from '../helpers/store-fixtures.js';
import { openThreaded, temporaryFolder, testKeys } from '../helpers/store-sqlite.js';

const messages = 7_000;
const atOnce = 500;
const old = createKeyring(testKeys, systemRandom, true);
const keyring = createKeyring([...testKeys].reverse(), systemRandom, true);

/** A store with sealed messages, one of which does not open. */
async function fullStore(): Promise<StoreAdapter<Sealed>> {
  const store = await openThreaded<Sealed>({ dataDir: await temporaryFolder() });
  onTestFinished(() => store.close());
  const sealed = encrypted(store, old, () => undefined);
  await sealed.createSession(seedOf());
  for (let seq = 1; seq < messages; seq += atOnce) {
    const many = Array.from({ length: Math.min(atOnce, messages - seq) }, (_, at) => seq + at);
    await Promise.all(many.map((at) => sealed.append('ann-1', at, messageOf(`m${at}`, { content: `words ${at}` }))));
  }
  const moved = { ...messageOf(`m${messages}`), sealed: old.seal('"moved"', 'elsewhere').sealed };
  const { content: _, authorName: __, ...entry } = moved;
  await store.append('ann-1', messages, entry);
  return store;
}

function workOn(store: StoreAdapter<Sealed>, warned: string[]): KeyWork {
  return createKeyWork({
    store,
    keyring,
    clock: systemClock,
    warn: (what) => warned.push(what),
    close: async () => undefined,
  });
}

async function wordsIn(store: StoreAdapter<Sealed>): Promise<string[]> {
  const found: string[] = [];
  const reading = encrypted(store, createKeyring(testKeys.slice(1), systemRandom, true), () => undefined);
  for (let after = 0; after < messages; after += 5_000) {
    for (const { entry } of await reading.entries('ann-1', { after, limit: 5_000 }))
      if (entry.kind === 'message') found.push(entry.content);
  }
  return found;
}

it('seals everything with the new key, in a run that is stopped and one that goes on, and leaves what does not open', async () => {
  const store = await fullStore();
  const warned: string[] = [];
  const work = workOn(store, warned);
  const run = { recordsPerSecond: Number.MAX_SAFE_INTEGER };
  let done = 0;
  const onProgress = (read: number): void => {
    done = read;
  };
  const first = await work.reencrypt({ ...run, onProgress, isStopped: () => done >= 2_000 });
  expect(first).toMatchObject({ missed: 0, unreadable: 0, isWhole: false });
  expect(first.read).toBeGreaterThanOrEqual(2_000);
  expect(first.read).toBeLessThan(messages);
  const second = await work.reencrypt({ ...run, onProgress: () => undefined, isStopped: () => false });
  expect(second).toMatchObject({ missed: 0, unreadable: 1, isWhole: true });
  // One session beside the messages.
  expect(first.read + second.read).toBe(messages + 1);
  expect(first.rewritten + second.rewritten).toBe(messages);
  const use = await work.scan({ onProgress: () => undefined, isStopped: () => false });
  expect(use).toMatchObject({ records: messages + 1, plain: 0 });
  expect(use.sealed.get('k1')).toBe(1);
  const words = Array.from({ length: messages - 1 }, (_, at) => `words ${at + 1}`);
  expect(await wordsIn(store)).toEqual([...words, '']);
  expect(warned).toEqual([]);
});

it('leaves alone what others change in the same moment, and finds it in the next run', async () => {
  const store = await fullStore();
  const other = workOn(store, []);
  const run = { recordsPerSecond: Number.MAX_SAFE_INTEGER, onProgress: () => undefined, isStopped: () => false };
  const [one, two] = await Promise.all([workOn(store, []).reencrypt(run), other.reencrypt(run)]);
  expect(one.rewritten + two.rewritten).toBe(messages);
  expect((await other.reencrypt(run)).rewritten).toBe(0);
  expect((await wordsIn(store)).filter((words) => words.startsWith('words'))).toHaveLength(messages - 1);
});
