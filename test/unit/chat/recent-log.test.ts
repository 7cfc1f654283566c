// The newest part of a log in memory.
import { describe, expect, it } from 'vitest';
import { RecentLog } from '../../../src/server/chat/recent-log.js';
import type { LogEntry, Store } from '../../../src/server/ports/store.js';
import { createMemoryStore } from '../../helpers/memory-store.js';
import { messageOf, seedOf } from '../../helpers/store-fixtures.js';

const id = seedOf().id;
const entryAt = (seq: number, content = 'x'.repeat(30)): LogEntry => ({
  seq,
  entry: messageOf(`m${seq}`, { content }),
});
const seqs = (log: readonly LogEntry[]) => log.map(({ seq }) => seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

function counted(store: Store) {
  const reads: unknown[] = [];
  const counting: Store = {
    ...store,
    async entries(sessionId, given) {
      reads.push(given);
      return await store.entries(sessionId, given);
    },
  };
  return { counting, reads };
}

async function stored(length: number) {
  const memory = createMemoryStore();
  await memory.createSession(seedOf());
  memory.logs.set(
    id,
    range(1, length).map((seq) => entryAt(seq)),
  );
  return { memory, ...counted(memory) };
}

describe('the recent part of a log', () => {
  it('of a session that was just made reads nothing', async () => {
    const { counting, reads } = await stored(0);
    const recent = new RecentLog(1_000, true);
    for (const seq of [1, 2, 3]) recent.push(entryAt(seq));
    expect(seqs(await recent.upTo(3, id, counting))).toEqual([1, 2, 3]);
    expect(seqs(await recent.upTo(2, id, counting))).toEqual([1, 2]);
    expect(reads).toEqual([]);
  });

  it('is read backwards when first needed, until it fills the budget, and then no more', async () => {
    const { counting, reads } = await stored(1_000);
    // Ten tokens each: two pages of a hundred fill it.
    const recent = new RecentLog(1_500, false);
    recent.push(entryAt(1_001));
    expect(seqs(await recent.upTo(1_000, id, counting))).toEqual(range(801, 1_000));
    expect(reads).toHaveLength(2);
    recent.push(entryAt(1_001));
    expect(seqs(await recent.upTo(1_001, id, counting))).toEqual(range(801, 1_001));
    expect(reads).toHaveLength(2);
  });

  it('reads a short log to its beginning', async () => {
    const { counting, reads } = await stored(150);
    const recent = new RecentLog(1_000_000, false);
    expect(await recent.upTo(150, id, counting)).toHaveLength(150);
    expect(reads).toHaveLength(2);
  });

  it('keeps what is said while it is being read, in order and once', async () => {
    const { memory, counting } = await stored(50);
    const recent = new RecentLog(1_000, false);
    const loading = recent.upTo(50, id, counting);
    memory.logs.get(id)?.push(entryAt(51));
    recent.push(entryAt(51));
    await loading;
    expect(seqs(await recent.upTo(51, id, counting))).toEqual(range(1, 51));
  });

  it('stays within twice its budget however long the session runs, and its end is never dropped', async () => {
    const { counting } = await stored(0);
    const recent = new RecentLog(100, true);
    for (const seq of range(1, 500)) recent.push(entryAt(seq));
    const held = await recent.upTo(500, id, counting);
    expect(held.at(-1)?.seq).toBe(500);
    expect(held.length).toBeLessThanOrEqual(21);
    expect(held.length).toBeGreaterThanOrEqual(10);
    recent.push(entryAt(501, 'y'.repeat(3_000)));
    expect(seqs(await recent.upTo(501, id, counting))).toEqual([501]);
  });

  it('holds a bounded number of entries that say nothing', async () => {
    const { counting } = await stored(0);
    const recent = new RecentLog(1_000_000, true);
    for (const seq of range(1, 6_000)) recent.push({ seq, entry: { at: 1, kind: 'rename', name: 'n' } });
    expect((await recent.upTo(6_000, id, counting)).length).toBeLessThanOrEqual(5_000);
  });

  it('that was unloaded is read again', async () => {
    const { counting, reads } = await stored(5);
    const recent = new RecentLog(1_000, true);
    recent.unload();
    recent.push(entryAt(6));
    expect(seqs(await recent.upTo(5, id, counting))).toEqual(range(1, 5));
    expect(reads).toHaveLength(1);
  });
});
