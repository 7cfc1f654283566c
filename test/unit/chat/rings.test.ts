// What the core does when rings come late, twice or never: the bus is a doorbell, the log is the arbiter.
import { describe, expect, it } from 'vitest';
import { LlmError } from '../../../src/server/ports/llm.js';
import { makeCore, slowBus } from '../../helpers/core.js';
import { createMemoryStore } from '../../helpers/memory-store.js';
import { messageOf } from '../../helpers/store-fixtures.js';

const several = { isSoleReplica: false };

describe('sends whose ring comes late', () => {
  it('the same send from another device before its entry was heard: both get the ack, neither an echo', async () => {
    const bus = slowBus();
    const core = makeCore({ bus });
    const phone = await core.enter('ada');
    await core.say(phone, 'first');
    await bus.ring();
    const desk = await core.enter('ada');
    await core.say(phone, 'same');
    await core.say(desk, 'same');
    await bus.ring();
    for (const socket of [phone, desk]) {
      expect(socket.of('message_ack').map(({ seq, message_id: id }) => [seq, id])).toContainEqual([2, 'same']);
      expect(socket.of('user_message')).toEqual([]);
    }
  });

  it('a refused send under the id of another device’s send leaves that device its ack', async () => {
    const bus = slowBus();
    const core = makeCore({ bus });
    const phone = await core.enter('ada');
    await core.say(phone, 'first');
    await bus.ring();
    const desk = await core.enter('ada');
    await core.say(phone, 'mine', { messageId: 'id' });
    await expect(core.say(desk, 'other words', { messageId: 'id' })).rejects.toMatchObject({ code: 'INVALID_FORMAT' });
    await bus.ring();
    expect(phone.of('message_ack').at(-1)).toMatchObject({ seq: 2, message_id: 'id' });
    expect(desk.of('user_message')).toMatchObject([{ seq: 2, content: 'mine' }]);
  });

  it('an entry heard ahead of the one before it waits for that one, and both are told in order', async () => {
    const bus = slowBus();
    const core = makeCore({ bus, settings: several });
    const ada = await core.enter('ada');
    await core.say(ada, 'one');
    await bus.ring();
    const id = ada.of('message_ack')[0]?.session_id ?? '';
    const log = core.memory.logs.get(id) ?? [];
    const second = { seq: 2, entry: { at: 1, kind: 'rename' as const, name: 'two' } };
    const third = { seq: 3, entry: { at: 2, kind: 'rename' as const, name: 'three' } };
    log.push(second, third);
    bus.publish(id, { kind: 'entry', log: third });
    bus.publish(id, { kind: 'entry', log: second });
    await bus.ring();
    await bus.ring();
    expect(ada.of('connection_status').flatMap(({ seq }) => seq ?? [])).toEqual([2, 3]);
  });
});

describe('an answer of another replica', () => {
  async function following() {
    const bus = slowBus();
    const memory = createMemoryStore();
    const a = makeCore({ bus, memory, settings: { ...several, replicaId: 'a' } });
    const b = makeCore({ bus, memory, settings: { ...several, replicaId: 'b' } });
    const phone = await a.enter('ada');
    await a.say(phone, 'go');
    await bus.ring();
    const id = phone.of('message_ack')[0]?.session_id ?? '';
    const desk = await b.enter('ada', { sessionId: id, lastSeq: 0 });
    return { bus, a, b, phone, desk, id, question: await a.model.question(0) };
  }

  it('is told once, when its last piece comes after its entry was read from the log', async () => {
    const { bus, a, b, desk, id, question } = await following();
    question.say('whole answer');
    question.end();
    await a.chat.drain({ graceMs: 1, retryAfterMs: () => 0 });
    // The desk's replica reads the log before the ring of that piece reaches it.
    await b.chat.resume(desk, { sessionId: id, lastSeq: 0 });
    await b.say(desk, 'next');
    await bus.ring();
    await bus.ring();
    const told = desk.of('ai_response');
    expect(told.filter(({ seq }) => seq === 2).length).toBeGreaterThan(0);
    expect(told.filter(({ content, index, seq }) => content !== undefined && index === 0 && seq === undefined)).toEqual(
      [],
    );
    expect((await b.model.question(0)).request.messages.at(-1)?.content).toBe('next');
  });

  it('with a lost piece is filled in from its checkpoint', async () => {
    const { bus, b, desk, id, question, a } = await following();
    await b.chat.start();
    question.say('Once ');
    await bus.ring((kind) => kind === 'chunk');
    question.say('upon a time');
    await bus.ring();
    expect(desk.of('ai_response')).toEqual([]);
    await a.clock.advanceAsync(1_000);
    expect((await b.memory.latestTurn(id))?.text).toBe('Once upon a time');
    await b.clock.advanceAsync(2_000);
    expect(desk.of('ai_response').map(({ content, index }) => [index, content])).toEqual([[0, 'Once upon a time']]);
    await b.chat.stop();
  });

  it('that ended without a word, and whose end was not heard, ends the waiting at the next look', async () => {
    const { bus, b, desk, question } = await following();
    await b.chat.start();
    await bus.ring();
    question.fail(new LlmError('unavailable', 'away'));
    await bus.ring();
    await bus.ring((kind) => kind === 'unanswered');
    expect(desk.of('ai_response')).toEqual([]);
    await b.clock.advanceAsync(2_000);
    expect(desk.of('ai_response')).toMatchObject([{ metadata: { done: 'true', end: 'failed' } }]);
    await b.chat.stop();
  });
});

describe('who is told of a failure', () => {
  it('one error for a turn that failed, however many of its messages came from that socket', async () => {
    const core = makeCore();
    const ada = await core.enter('ada');
    await core.say(ada, 'one');
    for (const content of ['two', 'three', 'four']) await core.say(ada, content);
    (await core.model.question(0)).end();
    (await core.model.question(1)).fail(new LlmError('unavailable', 'away'));
    await core.chat.drain({ graceMs: 1, retryAfterMs: () => 0 });
    // One for the empty answer to the first message, one for the turn of the other three.
    expect(ada.of('error').map(({ turn_id: turn }) => turn?.split(':').slice(1))).toEqual([
      ['1', '1'],
      ['2', '1'],
    ]);
  });

  it('nobody is told the error of a turn that was begun after a person took over and left', async () => {
    const core = makeCore({ settings: several });
    const phone = await core.enter('ada');
    await core.say(phone, 'one');
    const first = await core.model.question(0);
    const desk = await core.enter('ada');
    await core.say(desk, 'waits');
    const id = phone.of('message_ack')[0]?.session_id ?? '';
    const admin = { kind: 'admin' as const, id: 'root', name: 'Root' };
    const ai = { kind: 'ai' as const };
    const log = core.memory.logs.get(id) ?? [];
    log.push({ seq: 3, entry: { at: 1, kind: 'floor', holder: admin, previous: ai, epoch: 1 } });
    log.push({ seq: 4, entry: { at: 2, kind: 'floor', holder: ai, previous: admin, epoch: 2 } });
    await core.say(phone, 'again');
    expect(first.isAborted).toBe(true);
    const second = await core.model.question(1);
    second.fail(new LlmError('unavailable', 'away'));
    await core.chat.drain({ graceMs: 1, retryAfterMs: () => 0 });
    expect(desk.of('error')).toEqual([]);
    expect(phone.of('error')).toHaveLength(1);
  });
});

describe('messages of another replica', () => {
  it('R23: a message whose turn another replica was quicker to make is not asked for here too', async () => {
    const memory = createMemoryStore();
    const core = makeCore({
      memory,
      settings: several,
      wrapStore: (store) => ({
        ...store,
        async append(sessionId, seq, entry, turn) {
          // Between an entry and its turn another replica may read the entry and have it answered.
          if (turn !== undefined) await store.createTurn({ ...turn, owner: 'elsewhere' });
          return await store.append(sessionId, seq, entry, turn);
        },
      }),
    });
    const ada = await core.enter('ada');
    await core.say(ada, 'one');
    await core.clock.advanceAsync(1_000);
    expect(core.model.questions).toHaveLength(0);
    expect([...memory.turns.values()]).toMatchObject([{ owner: 'elsewhere', state: 'running' }]);
  });

  it('a message that arrives while the next turn is being made waits for the one after it', async () => {
    const bus = slowBus();
    const memory = createMemoryStore();
    const core = makeCore({
      bus,
      memory,
      settings: several,
      wrapStore: (store) => ({
        ...store,
        async createTurn(turn) {
          const log = { seq: 4, entry: messageOf('late', { authorId: 'ada' }) };
          memory.logs.get(turn.sessionId)?.push(log);
          bus.publish(turn.sessionId, { kind: 'entry', log });
          await bus.ring();
          return await store.createTurn(turn);
        },
      }),
    });
    const ada = await core.enter('ada');
    await core.say(ada, 'one');
    const first = await core.model.question(0);
    await core.say(ada, 'two');
    await bus.ring();
    first.say('answer');
    first.end();
    const second = await core.model.question(1);
    expect(second.request.messages.at(-1)?.content).toBe('two');
    second.say('answer');
    second.end();
    const third = await core.model.question(2);
    expect(third.request.messages.at(-1)?.content).toBe('text of late');
  });
});
