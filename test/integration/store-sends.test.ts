// The index of sends is written in bulk: a send must be found before it is in there, after, over a restart, and when another process wrote it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import type { Entry, Store } from '../../src/server/ports/store.js';
import { openSqliteStore } from '../../src/server/store/sqlite/sqlite-store.js';
import { recordingLog } from '../helpers/app.js';

const beyondOneFold = 4_500;
let dataDir: string;
const open: Store[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chatbox-sends-'));
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function openStore(): Promise<Store> {
  const store = await openSqliteStore({ dataDir }, { clock: systemClock, log: recordingLog() });
  open.push(store);
  return store;
}

function message(id: string): Entry {
  return {
    at: 1,
    kind: 'message',
    sender: 'user',
    type: 'user_message',
    messageId: id,
    authorId: 'u',
    authorName: 'u',
    content: id,
  };
}

async function begin(store: Store, id: string, ordinal: number): Promise<void> {
  await store.createSession({ id, userId: 'u', ordinal, startedAt: 1, name: '', modelId: null });
}

/** Appends messages `from`..`to`, many in one batch by way of many sessions' worth of calls in order. */
async function fill(store: Store, session: string, from: number, to: number): Promise<void> {
  const calls = [];
  for (let seq = from; seq <= to; seq += 1) calls.push(store.append(session, seq, message(`${session}-${seq}`)));
  for (const result of await Promise.all(calls)) expect(result).toEqual({ kind: 'appended' });
}

describe('sends of a long log', () => {
  it('are found once they are folded into the index, and while they are not', { timeout: 60_000 }, async () => {
    const store = await openStore();
    await begin(store, 's', 1);
    await fill(store, 's', 1, beyondOneFold);
    for (const seq of [1, 2_000, 4_090, 4_100, beyondOneFold]) {
      const again = await store.append('s', beyondOneFold + 1, message(`s-${seq}`));
      expect(again).toMatchObject({ kind: 'duplicate', existing: { seq, entry: { content: `s-${seq}` } } });
      expect((await store.entryOf('s', 'user', `s-${seq}`))?.seq).toBe(seq);
    }
    expect(await store.entryOf('s', 'user', 's-0')).toBeNull();
    expect(await store.entryOf('s', 'ai', 's-1')).toBeNull();
    await store.close();
    const reopened = await openStore();
    expect(await reopened.append('s', beyondOneFold + 1, message(`s-${beyondOneFold}`))).toMatchObject({
      kind: 'duplicate',
    });
    expect(await reopened.append('s', beyondOneFold + 1, message('s-17'))).toMatchObject({
      kind: 'duplicate',
      existing: { seq: 17 },
    });
    expect(await reopened.append('s', beyondOneFold + 1, message('new'))).toEqual({ kind: 'appended' });
  });

  it('are found when another store on the same file appended them', async () => {
    const one = await openStore();
    const two = await openStore();
    await begin(one, 's', 1);
    await fill(one, 's', 1, 3);
    await fill(two, 's', 4, 6);
    expect(await one.append('s', 7, message('s-5'))).toMatchObject({ kind: 'duplicate', existing: { seq: 5 } });
    expect(await two.append('s', 4, message('other'))).toEqual({ kind: 'conflict' });
    expect(await one.append('s', 8, message('gap'))).toEqual({ kind: 'conflict' });
    expect(await one.append('s', 7, message('s-7'))).toEqual({ kind: 'appended' });
  });

  it('of a session that was deleted do not come back in the one that takes its place', {
    timeout: 60_000,
  }, async () => {
    const store = await openStore();
    await begin(store, 'old', 1);
    await fill(store, 'old', 1, beyondOneFold);
    await store.deleteSession('old');
    expect(await store.append('old', beyondOneFold + 1, message('late'))).toEqual({ kind: 'gone' });
    await begin(store, 'new', 2);
    for (let seq = 1; seq <= 5; seq += 1)
      expect(await store.append('new', seq, message(`old-${seq}`))).toEqual({ kind: 'appended' });
    // The keys of the deleted entries are given out again: these must be found all the same.
    for (let seq = 1; seq <= 5; seq += 1) {
      expect(await store.append('new', 6, message(`old-${seq}`))).toMatchObject({
        kind: 'duplicate',
        existing: { seq },
      });
      expect((await store.entryOf('new', 'user', `old-${seq}`))?.seq).toBe(seq);
    }
    await store.close();
    const reopened = await openStore();
    expect(await reopened.append('new', 6, message('old-3'))).toMatchObject({
      kind: 'duplicate',
      existing: { seq: 3 },
    });
  });
});
