// What nobody asks for: sweeps, opening and forgetting sessions, draining.
import { describe, expect, it } from 'vitest';
import { deferred } from '../../../src/common/deferred.js';
import { type Store, StoreError } from '../../../src/server/ports/store.js';
import { makeCore } from '../../helpers/core.js';
import { failingStore, noFaults } from '../../helpers/failing-store.js';
import { createMemoryStore, type MemoryStore } from '../../helpers/memory-store.js';
import { messageOf, testEpochMs, turnOf } from '../../helpers/store-fixtures.js';

const hourMs = 3_600_000;

async function withSessions(memory: MemoryStore, count: number, startedAt = testEpochMs): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, at) => `session-${at}`);
  for (const [at, id] of ids.entries()) {
    await memory.createSession({ id, userId: `user-${at}`, ordinal: 1, startedAt, name: '', modelId: null });
  }
  return ids;
}

/** A store whose reads of one session's log fail. */
function unreadable(store: Store, broken: string): Store {
  return {
    ...store,
    async entries(id, range) {
      if (id === broken) throw new StoreError('corrupt', 'what lies there cannot be read');
      return await store.entries(id, range);
    },
  };
}

describe('sweeps', () => {
  it('end every idle session in one sweep, however many there are', async () => {
    const memory = createMemoryStore();
    await withSessions(memory, 250, testEpochMs - hourMs);
    const core = makeCore({ memory });
    await core.chat.start();
    await core.clock.advanceAsync(60_000);
    expect([...memory.sessions.values()].filter(({ projection }) => projection.endedAt === null)).toEqual([]);
    await core.chat.stop();
  });

  it('end the other idle sessions when one cannot be read', async () => {
    const memory = createMemoryStore();
    const [broken = ''] = await withSessions(memory, 3, testEpochMs - hourMs);
    const core = makeCore({ memory, wrapStore: (store) => unreadable(store, broken) });
    await core.chat.start();
    await core.clock.advanceAsync(60_000);
    const active = [...memory.sessions.values()].filter(({ projection }) => projection.endedAt === null);
    expect(active.map(({ id }) => id)).toEqual([broken]);
    expect(core.log.lines).toContainEqual(expect.objectContaining({ event: 'idle_not_ended' }));
    await core.chat.stop();
  });

  it('a session whose log cannot be read neither stops the start nor the repair of the others', async () => {
    const memory = createMemoryStore();
    const ids = await withSessions(memory, 120);
    for (const id of ids) memory.logs.get(id)?.push({ seq: 1, entry: messageOf('m') });
    const core = makeCore({ memory, wrapStore: (store) => unreadable(store, 'session-0') });
    await core.chat.start();
    const behind = [...memory.sessions.values()].filter(({ projection }) => projection.seq === 0);
    expect(behind.map(({ id }) => id)).toEqual(['session-0']);
    await core.chat.stop();
  });

  it('a page of sessions that cannot be repaired is left for the next sweep', async () => {
    const memory = createMemoryStore();
    await withSessions(memory, 1);
    let asked = 0;
    const core = makeCore({
      memory,
      wrapStore: (store) => ({
        ...store,
        async unprojected() {
          asked += 1;
          return Array.from({ length: 100 }, (_, at) => `gone-${at}`);
        },
      }),
    });
    await core.chat.start();
    expect(asked).toBe(2);
    await core.chat.stop();
  });

  it('leave alone what is held, waits for help or is attached', async () => {
    const memory = createMemoryStore();
    const [held = '', helped = '', attached = ''] = await withSessions(memory, 4, testEpochMs - hourMs);
    const admin = { kind: 'admin' as const, id: 'root', name: 'Root' };
    memory.logs
      .get(held)
      ?.push({ seq: 1, entry: { at: 1, kind: 'floor', holder: admin, previous: { kind: 'ai' }, epoch: 1 } });
    memory.logs.get(helped)?.push({ seq: 1, entry: { at: 1, kind: 'help', place: 1 } });
    const core = makeCore({ memory });
    const socket = await core.enter('user-2');
    expect(socket.frames[0]?.session_id).toBe(attached);
    await core.chat.start();
    await core.clock.advanceAsync(60_000);
    const ended = [...memory.sessions.values()].filter(({ projection }) => projection.endedAt !== null);
    expect(ended.map(({ id }) => id)).toEqual(['session-3']);
    core.chat.detach(socket);
    await core.clock.advanceAsync(5 * 60_000);
    expect(memory.sessions.get(attached)?.projection.endedAt).not.toBeNull();
    await core.chat.stop();
  });

  it('forget a turn whose session was deleted', async () => {
    const memory = createMemoryStore();
    memory.turns.set('gone:1:1', turnOf({ sessionId: 'gone', leaseUntil: 0 }));
    const core = makeCore({ memory });
    await core.chat.start();
    expect(memory.turns.get('gone:1:1')?.settled).toBe(true);
    await core.chat.stop();
  });

  it('end a turn without asking the model when its message was answered by another', async () => {
    const memory = createMemoryStore();
    const [id = ''] = await withSessions(memory, 1);
    memory.logs.get(id)?.push({ seq: 1, entry: messageOf('one') }, { seq: 2, entry: messageOf('two') });
    const pending = { sessionId: id, leaseUntil: 0 };
    // As a version left them that did not keep a second one out.
    for (const promptSeq of [1, 2]) {
      const turn = turnOf({ ...pending, promptSeq, startedAt: promptSeq });
      memory.turns.set(turn.id, turn);
    }
    const core = makeCore({ memory });
    await core.chat.start();
    const question = await core.model.question(0);
    question.say('both');
    question.end();
    await core.clock.advanceAsync(10_000);
    expect(core.model.questions).toHaveLength(1);
    expect([...memory.turns.values()].map(({ state }) => state)).toEqual(['complete', 'interrupted']);
    expect(memory.logs.get(id)).toHaveLength(3);
    await core.chat.stop();
  });
});

describe('sessions that are live', () => {
  it('one that could not be read is forgotten, and read again by the next who asks', async () => {
    const faults = noFaults();
    const memory = createMemoryStore();
    const [id = ''] = await withSessions(memory, 1);
    memory.logs.get(id)?.push({ seq: 1, entry: messageOf('waits') });
    const core = makeCore({ memory, wrapStore: (store) => failingStore(store, faults) });
    faults.before.add('latestTurn');
    await expect(core.enter('user-0')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(core.chat.live().sessions).toBe(0);
    faults.before.clear();
    await core.enter('user-0');
    expect((await core.model.question(0)).request.messages.at(-1)?.content).toBe('text of waits');
  });

  it('are forgotten when their last socket is gone and nothing runs', async () => {
    const core = makeCore();
    const sockets = [];
    for (const user of ['ada', 'bob', 'cleo']) {
      const socket = await core.enter(user);
      await core.say(socket, 'hi');
      sockets.push(socket);
    }
    expect(core.chat.live()).toMatchObject({ connections: 3, answering: 3, sessions: 3 });
    for (const socket of sockets) core.chat.detach(socket);
    expect(core.chat.live()).toMatchObject({ connections: 0, answering: 3, sessions: 3 });
    for (const question of core.model.questions) question.end();
    await core.chat.drain({ graceMs: 1, retryAfterMs: () => 0 });
    expect(core.chat.live()).toMatchObject({ connections: 0, answering: 0, waitingForHelp: 0, sessions: 0 });
  });

  it('one whose last socket left while its file was being stored is forgotten all the same', async () => {
    const appending = deferred<void>();
    const gate = deferred<void>();
    const core = makeCore({
      wrapStore: (store) => ({
        ...store,
        async append(...given) {
          appending.resolve();
          await gate.promise;
          return await store.append(...given);
        },
      }),
    });
    const ada = await core.enter('ada');
    const sharing = core.chat.shareFile(ada, { content: '', fileId: 'f', fileUrl: 'https://files.example.com/f' });
    await appending.promise;
    ada.isClosed = true;
    core.chat.detach(ada);
    gate.resolve();
    await sharing;
    expect(core.memory.logs.size).toBe(1);
    expect(core.chat.live().sessions).toBe(0);
  });

  it('a message whose turn could not be made is acked all the same, and answered when the store is back', async () => {
    const faults = noFaults();
    const core = makeCore({ wrapStore: (store) => failingStore(store, faults) });
    await core.chat.start();
    const ada = await core.enter('ada');
    await core.say(ada, 'one');
    await core.say(ada, 'two');
    faults.before.add('createTurn');
    const first = await core.model.question(0);
    first.say('answer');
    first.end();
    await core.clock.advanceAsync(100);
    await core.say(ada, 'three');
    expect(ada.of('message_ack').map(({ message_id: id }) => id)).toEqual(['one', 'two', 'three']);
    core.chat.detach(ada);
    await core.clock.advanceAsync(4_000);
    expect(core.model.questions).toHaveLength(1);
    faults.before.clear();
    await core.clock.advanceAsync(2_000);
    const second = await core.model.question(1);
    expect(second.request.messages.slice(-2).map(({ content }) => content)).toEqual(['two', 'three']);
    expect(ada.of('error')).toEqual([]);
    second.end();
    await core.chat.stop();
  });

  it('a resume by an id that the client made up is told when its session was deleted', async () => {
    const core = makeCore();
    const ada = await core.enter('ada', { sessionId: 'made-up' });
    await core.say(ada, 'hi');
    const id = ada.of('message_ack')[0]?.session_id ?? '';
    const desk = await core.enter('ada', { sessionId: 'made-up' });
    await core.chat.remove(ada.user, id);
    await expect(core.chat.resume(desk, { sessionId: 'made-up', lastSeq: 0 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('sockets that were seated by another’s first message are not told again that they are connected', async () => {
    const core = makeCore();
    const sockets = await Promise.all(Array.from({ length: 4 }, () => core.enter('ada')));
    await Promise.all(sockets.map((socket, at) => core.say(socket, `hello ${at}`)));
    for (const socket of sockets) expect(socket.of('connection_status')).toHaveLength(1);
  });

  it('an end asks the model nothing more, though messages wait', async () => {
    const core = makeCore();
    const ada = await core.enter('ada');
    await core.say(ada, 'one');
    await core.say(ada, 'two');
    const id = ada.of('message_ack')[0]?.session_id ?? '';
    (await core.model.question(0)).say('half');
    await core.chat.end(ada.user, id);
    expect(core.memory.logs.get(id)?.map(({ entry }) => entry.kind)).toEqual(['message', 'message', 'message', 'end']);
    expect([...core.memory.turns.values()].map(({ state }) => state)).toEqual(['interrupted']);
    expect(core.model.questions).toHaveLength(1);
  });
});

describe('draining', () => {
  it('waits for a turn whose message was being stored when it began', async () => {
    const stored = deferred<void>();
    const gate = deferred<void>();
    const core = makeCore({
      wrapStore: (store) => ({
        ...store,
        async append(...given) {
          const result = await store.append(...given);
          stored.resolve();
          await gate.promise;
          return result;
        },
      }),
    });
    const ada = await core.enter('ada');
    const saying = core.say(ada, 'in time');
    await stored.promise;
    const draining = core.chat.drain({ graceMs: 5_000, retryAfterMs: () => 0 });
    gate.resolve();
    await saying;
    (await core.model.question(0)).say('half');
    await core.clock.advanceAsync(5_000);
    await draining;
    expect([...core.memory.turns.values()]).toMatchObject([{ state: 'interrupted', text: 'half' }]);
    expect([...core.memory.logs.values()].map((log) => log.length)).toEqual([2]);
  });

  it('makes one pending turn of all that is said meanwhile', async () => {
    const core = makeCore();
    const ada = await core.enter('ada');
    await core.chat.drain({ graceMs: 0, retryAfterMs: () => 250 });
    expect(ada.frames.at(-1)).toMatchObject({ metadata: { status: 'draining', retry_after: '250' } });
    for (const content of ['one', 'two', 'three']) await core.say(ada, content);
    expect([...core.memory.turns.values()]).toMatchObject([{ state: 'pending', promptSeq: 1, owner: null }]);
    expect(core.model.questions).toHaveLength(0);
    const next = makeCore({ memory: core.memory });
    await next.chat.start();
    const question = await next.model.question(0);
    expect(question.request.messages.map(({ content }) => content)).toEqual(['one', 'two', 'three']);
    question.end();
    await next.chat.stop();
  });
});
