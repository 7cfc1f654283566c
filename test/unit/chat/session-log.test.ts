// A writer's view of one log: one order, whatever the store answers.
import { describe, expect, it } from 'vitest';
import { RecentLog } from '../../../src/server/chat/recent-log.js';
import { SessionLog } from '../../../src/server/chat/session-log.js';
import { firstProjection } from '../../../src/server/ports/first-projection.js';
import { type Entry, type LogEntry, type Store, StoreError } from '../../../src/server/ports/store.js';
import { failingStore, noFaults } from '../../helpers/failing-store.js';
import { createMemoryStore } from '../../helpers/memory-store.js';
import { messageOf, seedOf, turnOf } from '../../helpers/store-fixtures.js';

const seed = seedOf();

async function made(wrap: (store: Store) => Store = (store) => store) {
  const memory = createMemoryStore();
  await memory.createSession(seed);
  const heard: string[] = [];
  const log = new SessionLog(seed.id, firstProjection(seed), new RecentLog(1_000, true), wrap(memory), {
    appended: ({ seq }) => void heard.push(`appended ${seq}`),
    read: ({ seq }) => void heard.push(`read ${seq}`),
    gone: () => void heard.push('gone'),
  });
  const elsewhere = (entry: Entry) => {
    const entries = memory.logs.get(seed.id) ?? [];
    entries.push({ seq: entries.length + 1, entry });
  };
  return { memory, log, heard, elsewhere };
}

const always = (entry: Entry) => () => ({ entry });

describe('appending', () => {
  it('takes the place after the head, with the turn that was made with it', async () => {
    const { memory, log, heard } = await made();
    const turn = turnOf({ sessionId: seed.id });
    const appended = await log.append(() => ({ entry: messageOf('a'), turn }));
    expect(appended).toMatchObject({ kind: 'appended', log: { seq: 1 }, turn });
    expect([log.head, log.projection.messageCount, heard]).toEqual([1, 1, ['appended 1']]);
    expect(memory.turns.size).toBe(1);
  });

  it('leaves the turn to the replica that was quicker to make one', async () => {
    const { memory, log } = await made();
    const turn = turnOf({ sessionId: seed.id, owner: 'here', state: 'running' });
    await memory.createTurn({ ...turn, owner: 'elsewhere' });
    const appended = await log.append(() => ({ entry: messageOf('a'), turn }));
    expect(appended).toMatchObject({ kind: 'appended', log: { seq: 1 }, turn: undefined });
  });

  it.each([
    ['its own', 'here', true],
    ['that of another replica', 'elsewhere', false],
  ] as const)('after an unknown outcome reads back the turn too: %s', async (_, owner, isOurs) => {
    const faults = noFaults();
    const { memory, log } = await made((store) => failingStore(store, faults));
    const turn = turnOf({ sessionId: seed.id, owner: 'here', state: 'running' });
    await memory.createTurn({ ...turn, owner });
    faults.after.add('append');
    const appended = await log.append(() => ({ entry: messageOf('a'), turn }));
    expect(appended).toMatchObject({ kind: 'appended', log: { seq: 1 }, turn: isOurs ? turn : undefined });
  });

  it('on a conflict reads what is new, asks the draft again with it, and takes the next place', async () => {
    const { log, heard, elsewhere } = await made();
    elsewhere({ at: 1, kind: 'rename', name: 'from elsewhere' });
    const names: string[] = [];
    const appended = await log.append(({ name }) => {
      names.push(name);
      return { entry: messageOf('a') };
    });
    expect(appended).toMatchObject({ kind: 'appended', log: { seq: 2 } });
    expect(names).toEqual([seed.name, 'from elsewhere']);
    expect(heard).toEqual(['read 1', 'appended 2']);
  });

  it('stops when what is new says so', async () => {
    const { memory, log, elsewhere } = await made();
    elsewhere({ at: 1, kind: 'end', reason: 'user' });
    const draft = (head: { endedAt: number | null }) => (head.endedAt === null ? { entry: messageOf('a') } : null);
    expect(await log.append(draft)).toEqual({ kind: 'refused' });
    expect(memory.logs.get(seed.id)).toHaveLength(1);
  });

  it('finds the same send again, before or after it heard of the first', async () => {
    const { log, elsewhere } = await made();
    elsewhere(messageOf('a', { content: 'first' }));
    const again = await log.append(always(messageOf('a', { content: 'first' })));
    expect(again).toMatchObject({ kind: 'duplicate', existing: { seq: 1 } });
  });

  it('says that the session is gone', async () => {
    const { memory, log, heard } = await made();
    await memory.deleteSession(seed.id);
    expect(await log.append(always(messageOf('a')))).toEqual({ kind: 'gone' });
    expect(heard).toEqual(['gone']);
  });

  it('gives up after 50 lost races', async () => {
    let asked = 0;
    const { log } = await made((store) => ({ ...store, append: async () => ({ kind: 'conflict' }) }));
    const lost = log.append(() => {
      asked += 1;
      return { entry: messageOf('a') };
    });
    await expect(lost).rejects.toMatchObject({ name: 'StoreError', kind: 'busy' });
    expect(asked).toBe(50);
  });
});

describe('a write whose outcome is unknown', () => {
  it('that was done is read back and counts, once', async () => {
    const faults = noFaults();
    const { memory, log, heard } = await made((store) => failingStore(store, faults));
    faults.after.add('append');
    expect(await log.append(always(messageOf('a')))).toMatchObject({ kind: 'appended', log: { seq: 1 } });
    expect([memory.logs.get(seed.id)?.length, heard]).toEqual([1, ['appended 1']]);
  });

  it('that was not done stays an error: whoever sent it may send it again', async () => {
    const faults = noFaults();
    faults.kind = 'unknown_outcome';
    const { log, heard } = await made((store) => failingStore(store, faults));
    faults.before.add('append');
    await expect(log.append(always(messageOf('a')))).rejects.toMatchObject({ kind: 'unknown_outcome' });
    expect([log.head, heard]).toEqual([0, []]);
    faults.before.clear();
    expect(await log.append(always(messageOf('a')))).toMatchObject({ kind: 'appended', log: { seq: 1 } });
  });

  it('whose place another entry took is a lost race, and takes the next', async () => {
    let isFirst = true;
    const { log, elsewhere } = await made((store) => ({
      ...store,
      async append(...given) {
        if (!isFirst) return await store.append(...given);
        isFirst = false;
        elsewhere(messageOf('other'));
        throw new StoreError('unknown_outcome', 'nobody knows');
      },
    }));
    expect(await log.append(always(messageOf('a')))).toMatchObject({ kind: 'appended', log: { seq: 2 } });
  });

  it('any other failure is not read back', async () => {
    const faults = noFaults();
    const { log } = await made((store) => failingStore(store, faults));
    faults.before.add('append').add('entries');
    await expect(log.append(always(messageOf('a')))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(faults.counts.get('entries')).toBeUndefined();
  });
});

describe('reading', () => {
  it('goes on page by page to the end', async () => {
    const { log, heard, elsewhere } = await made();
    for (let at = 0; at < 450; at += 1) elsewhere({ at, kind: 'rename', name: `${at}` });
    await log.readNew();
    expect([log.head, heard.length, log.projection.name]).toEqual([450, 450, '449']);
  });

  it('takes an entry once, and refuses a log with a gap', async () => {
    const { log } = await made();
    const first: LogEntry = { seq: 1, entry: messageOf('a') };
    expect(log.take(first)).toBe(true);
    expect(log.take(first)).toBe(false);
    expect(() => log.take({ seq: 3, entry: messageOf('c') })).toThrow(expect.objectContaining({ kind: 'corrupt' }));
  });
});
