// Turns among several replicas: one at a time, each paid once, with a bus between the replicas and without.
import { describe, expect, it } from 'vitest';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { LlmError } from '../../src/server/ports/llm.js';
import { brokenBounds } from '../helpers/frame-bounds.js';
import type { Question } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { type BusBetween, withReplicas } from '../helpers/replicas.js';
import { connect, type WireClient } from '../helpers/wire-client.js';

const modes: BusBetween[] = ['one bus', 'no bus'];
const patience = { timeoutMs: 9_000 };

const isAck = (frame: OutboundFrame) => frame.type === 'message_ack';
const isDone = (frame: OutboundFrame) => frame.type === 'ai_response' && frame.metadata?.done === 'true';
const isError = (frame: OutboundFrame) => frame.type === 'error';

async function say(client: WireClient, content: string): Promise<string> {
  client.send({ type: 'user_message', content, message_id: content });
  const ack = await client.until(`ack of ${content}`, (frame) => isAck(frame) && frame.message_id === content);
  return ack.session_id ?? '';
}

function answer(question: Question, text: string): void {
  question.say(text);
  question.end();
}

function told(client: WireClient): string {
  return client.frames.map(({ content }) => content ?? '').join('');
}

describe.each(modes)('turns on two replicas with %s', (between) => {
  it.concurrent('R23: a message that comes on the other replica while an answer is written is answered after it, by exactly one turn', () =>
    withReplicas(between, {}, async ({ a, b, model }) => {
      const phone = await connect(a, 'ada');
      const session = await say(phone, 'zero');
      answer(await model.question(0), 'none');
      const desk = await connect(b, 'ada', { query: `?session_id=${session}&last_seq=0` });
      await desk.until('the first answer', ({ seq }) => seq === 2);
      await say(phone, 'one');
      // Nothing but the log may have told the desk's replica that an answer is being written.
      await say(desk, 'two');
      const first = await model.question(1);
      first.say('first ');
      await eventually(() => told(desk).includes('first '), patience);
      expect(model.questions).toHaveLength(2);
      answer(first, 'answer');
      const second = await model.question(2);
      expect(second.request.messages.slice(3).map(({ content }) => content)).toEqual(['one', 'first answer', 'two']);
      answer(second, 'second answer');
      for (const client of [phone, desk]) {
        await eventually(() => client.frames.some(({ seq }) => seq === 6), patience);
        expect(client.frames.filter((frame) => isDone(frame)).map(({ seq }) => seq)).toEqual([2, 5, 6]);
        for (const frame of client.frames) expect(brokenBounds(frame)).toEqual([]);
      }
      expect(model.questions).toHaveLength(3);
    }));

  it.concurrent('R23: a message for a turn that failed before its first word elsewhere is answered by one more turn', () =>
    withReplicas(between, {}, async ({ a, b, model }) => {
      const phone = await connect(a, 'ada');
      const session = await say(phone, 'one');
      const first = await model.question(0);
      const desk = await connect(b, 'ada', { query: `?session_id=${session}` });
      await say(desk, 'two');
      phone.socket.terminate();
      first.fail(new LlmError('unavailable', 'away'));
      const second = await model.question(1);
      expect(second.request.messages.at(-1)?.content).toBe('two');
      answer(second, 'answered');
      await eventually(() => desk.frames.some(({ seq }) => seq === 3), patience);
      expect(model.questions).toHaveLength(2);
    }));

  it.concurrent('cancel from another replica stops the provider and keeps what was written', () =>
    withReplicas(between, {}, async ({ a, b, model }) => {
      const phone = await connect(a, 'ada');
      const session = await say(phone, 'one');
      const question = await model.question(0);
      const desk = await connect(b, 'ada', { query: `?session_id=${session}` });
      question.say('as far as this');
      await eventually(async () => (await a.store.latestTurn(session))?.text === 'as far as this', patience);
      desk.send({ type: 'cancel' });
      await desk.until('the cut answer', ({ seq }) => seq === 2);
      await phone.until('the cut answer', ({ seq }) => seq === 2);
      await eventually(() => question.isAborted, patience);
      const [, answer] = await a.store.entries(session, { limit: 5 });
      expect(answer?.entry).toMatchObject({ content: 'as far as this', end: 'cancelled' });
      expect(desk.frames.filter(isError)).toEqual([]);
      await say(phone, 'two');
      expect((await model.question(1)).request.messages.at(-1)?.content).toBe('two');
    }));

  it.concurrent('cancel from another replica stops a model that has not said a word', () =>
    withReplicas(between, {}, async ({ a, b, model }) => {
      const phone = await connect(a, 'ada');
      const session = await say(phone, 'one');
      const question = await model.question(0);
      const desk = await connect(b, 'ada', { query: `?session_id=${session}` });
      desk.send({ type: 'cancel' });
      await eventually(() => question.isAborted, patience);
      await phone.until('the end of waiting', (frame) => isDone(frame) && frame.metadata?.end === 'cancelled');
      await desk.until('the end of waiting', (frame) => isDone(frame) && frame.metadata?.end === 'cancelled');
      await say(desk, 'two');
      expect((await model.question(1)).request.messages.at(-1)?.content).toBe('two');
      expect(model.questions).toHaveLength(2);
    }));

  it.concurrent('an answer that is being asked for again on one replica is not asked for on the other too', () =>
    withReplicas(between, {}, async ({ a, b, model }) => {
      const phone = await connect(a, 'ada');
      const session = await say(phone, 'one');
      const desk = await connect(b, 'ada', { query: `?session_id=${session}` });
      (await model.question(0)).fail(new LlmError('unavailable', 'away'));
      await phone.until('error', isError);
      await desk.until('the end of waiting', isDone);
      phone.send({ type: 'retry' });
      const again = await model.question(1);
      desk.send({ type: 'retry' });
      await desk.until('refusal', ({ error }) => error?.code === 'INVALID_FORMAT');
      answer(again, 'answer');
      await desk.until('answer', ({ seq }) => seq === 2);
      expect(model.questions).toHaveLength(2);
      expect((await a.store.latestTurn(session))?.attempt).toBe(2);
    }));
});

describe('replicas that go', () => {
  it.concurrent('what a draining replica takes is answered by the other, all at once and once', () =>
    withReplicas('no bus', { shutdown: { turnGraceMs: 4_000, timeoutMs: 9_000 } }, async ({ a, b, model }) => {
      const bob = await connect(a, 'bob');
      await say(bob, 'holds the door open');
      const held = await model.question(0);
      const ada = await connect(a, 'ada');
      const stopping = a.app.stop();
      await ada.until('draining', ({ metadata }) => metadata?.status === 'draining');
      const session = await say(ada, 'one');
      await say(ada, 'two');
      held.end();
      await stopping;
      const next = await model.question(1);
      expect(next.request.messages.slice(1).map(({ content }) => content)).toEqual(['one', 'two']);
      answer(next, 'both');
      const desk = await connect(b, 'ada', { query: `?session_id=${session}&last_seq=0` });
      await desk.until('answer', ({ seq }) => seq === 3);
      await eventually(async () => (await b.store.unsettledTurns(Number.MAX_SAFE_INTEGER, 10)).length === 0, patience);
      expect(model.questions).toHaveLength(2);
    }));

  it.concurrent('the answer of a replica that died ends as interrupted on the other, which goes on with what waits', () =>
    withReplicas('no bus', { chat: { turnLeaseMs: 1_000 } }, async ({ a, b, model }) => {
      const phone = await connect(a, 'ada');
      const session = await say(phone, 'one');
      (await model.question(0)).say('half');
      const desk = await connect(b, 'ada', { query: `?session_id=${session}` });
      await eventually(async () => (await b.store.latestTurn(session))?.text === 'half', patience);
      await a.store.close();
      await say(desk, 'two');
      await desk.until('half', ({ content }) => content === 'half');
      const second = await eventually(() => model.questions[1], { timeoutMs: 15_000 });
      expect(second.request.messages.map(({ content }) => content)).toEqual([
        'You are a test.',
        'one',
        'half [this answer was cut off here]',
        'two',
      ]);
      answer(second, 'whole');
      await desk.until('answer', ({ seq }) => seq === 4);
      const stored = await b.store.entries(session, { limit: 9 });
      expect(stored.map(({ entry }) => (entry.kind === 'message' ? [entry.content, entry.end] : entry.kind))).toEqual([
        ['one', undefined],
        ['two', undefined],
        ['half', 'interrupted'],
        ['whole', 'complete'],
      ]);
      expect(model.questions).toHaveLength(2);
      phone.socket.terminate();
    }));

  it.concurrent('an idle session is not ended while a socket sits in it on another replica', () =>
    withReplicas('no bus', { chat: { sessionTimeoutMs: 1_000 } }, async ({ a, b }) => {
      const at = Date.now() - 3_600_000;
      for (const userId of ['ada', 'bob']) {
        await a.store.createSession({ id: userId, userId, ordinal: 1, startedAt: at, name: '', modelId: null });
      }
      const ada = await connect(b, 'ada');
      expect(ada.sessionId()).toBe('ada');
      const endOf = async (id: string) => (await a.store.session(id))?.projection.endedAt;
      await eventually(async () => (await endOf('bob')) !== null, patience);
      expect(await endOf('ada')).toBeNull();
      expect(await a.store.idleSessions(Date.now(), Date.now(), 10)).toEqual([]);
    }));
});
