// Several replicas on one store: one order, no gap, no duplicate, with a bus between them and without.
import { describe, expect, it } from 'vitest';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { appStores } from '../helpers/app-stores.js';
import { brokenBounds } from '../helpers/frame-bounds.js';
import { eventually } from '../helpers/poll.js';
import { type BusBetween, withReplicas } from '../helpers/replicas.js';
import { connect, type WireClient } from '../helpers/wire-client.js';

const stores = await appStores();
const modes: BusBetween[] = ['one bus', 'no bus'];

const isAck = (frame: OutboundFrame) => frame.type === 'message_ack';
const seqsOf = (client: WireClient) => client.frames.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

function say(client: WireClient, content: string): void {
  client.send({ type: 'user_message', content, message_id: content });
}

/** The seqs that a client was given, once it has all up to `last`. */
function allUpTo(client: WireClient, last: number): Promise<number[]> {
  return eventually(() => (seqsOf(client).includes(last) ? seqsOf(client) : null), {
    timeoutMs: 9_000,
    what: `seq ${last}`,
  });
}

describe.each(modes)('two replicas with %s', (between) => {
  it.concurrent.each(stores.map((store) => [store.name, store] as const))(
    'R20 on %s: two devices on two replicas see every entry once, in the same order, and an ack in place of their own',
    (_, store) =>
      withReplicas(between, { store }, async ({ a, b, model }) => {
        const phone = await connect(a, 'ada');
        say(phone, 'one');
        const session = (await phone.until('ack', isAck)).session_id;
        const desk = await connect(b, 'ada', { query: `?session_id=${session}&last_seq=0` });
        const first = await model.question(0);
        first.say('first');
        first.end();
        await allUpTo(desk, 2);
        say(desk, 'two');
        const second = await model.question(1);
        second.say('second');
        second.end();
        await allUpTo(phone, 4);
        await allUpTo(desk, 4);
        expect((await a.http('ada', 'PATCH', `/sessions/${session}`, { name: 'Named' })).status).toBe(200);
        expect(await allUpTo(phone, 5)).toEqual([1, 2, 3, 4, 5]);
        expect(await allUpTo(desk, 5)).toEqual([1, 2, 3, 4, 5]);
        const typeAt = (client: WireClient, seq: number) => client.frames.find((frame) => frame.seq === seq)?.type;
        expect(upTo(5).map((seq) => typeAt(phone, seq))).toEqual([
          'message_ack',
          'ai_response',
          'user_message',
          'ai_response',
          'connection_status',
        ]);
        expect(upTo(5).map((seq) => typeAt(desk, seq))).toEqual([
          'user_message',
          'ai_response',
          'message_ack',
          'ai_response',
          'connection_status',
        ]);
        for (const frame of [...phone.frames, ...desk.frames]) expect(brokenBounds(frame)).toEqual([]);
        expect(model.questions).toHaveLength(2);
      }),
  );

  it.concurrent('a hundred sends from each at once: one order without a gap, each message once, each ack at its place, one next turn for all', () =>
    withReplicas(between, {}, async ({ a, b, model, log }) => {
      const phone = await connect(a, 'ada');
      say(phone, 'opening');
      const session = (await phone.until('ack', isAck)).session_id ?? '';
      const first = await model.question(0);
      const desk = await connect(b, 'ada', { query: `?session_id=${session}` });
      for (let number = 0; number < 100; number += 1) {
        say(phone, `phone ${number}`);
        say(desk, `desk ${number}`);
      }
      const acked = (client: WireClient) => client.frames.filter(isAck);
      await eventually(() => acked(phone).length === 101 && acked(desk).length === 100, { timeoutMs: 15_000 });
      const stored = await a.store.entries(session, { limit: 500 });
      expect(stored.map(({ seq }) => seq)).toEqual(upTo(201));
      const ids = stored.map(({ entry }) => (entry.kind === 'message' ? entry.messageId : entry.kind));
      expect(new Set(ids).size).toBe(201);
      for (const { seq, message_id: id } of [...acked(phone), ...acked(desk)]) expect(ids[(seq ?? 0) - 1]).toBe(id);
      expect(model.questions).toHaveLength(1);
      first.say('first');
      first.end();
      const second = await model.question(1);
      expect(second.request.messages.filter(({ role }) => role === 'user')).toHaveLength(201);
      second.say('all');
      second.end();
      expect(await allUpTo(phone, 203)).toEqual(upTo(203));
      // This device came when seq 1 was past.
      expect((await allUpTo(desk, 203)).sort((one, other) => one - other)).toEqual(upTo(203).slice(1));
      expect([...phone.frames, ...desk.frames].filter(({ type }) => type === 'error')).toEqual([]);
      expect(model.questions).toHaveLength(2);
      expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    }));

  it.concurrent('R17: first messages of one user on two replicas at once make one session', () =>
    withReplicas(between, {}, async ({ a, b }) => {
      const devices = await Promise.all(upTo(8).map((number) => connect(number % 2 === 0 ? a : b, 'ada')));
      for (const [number, device] of devices.entries()) say(device, `hello ${number}`);
      const acks = await Promise.all(devices.map((device) => device.until('ack', isAck)));
      expect(new Set(acks.map(({ session_id: id }) => id)).size).toBe(1);
      expect(acks.map(({ seq }) => seq ?? 0).sort((one, other) => one - other)).toEqual(upTo(8));
      expect((await b.http('ada', 'GET', '/sessions')).body.count).toBe(1);
    }));

  it.concurrent('a session that is ended on one takes no more on the other, and goes on in the next one there', () =>
    withReplicas(between, {}, async ({ a, b, model }) => {
      const phone = await connect(a, 'ada');
      say(phone, 'one');
      const session = (await phone.until('ack', isAck)).session_id ?? '';
      const question = await model.question(0);
      question.say('half');
      await phone.until('chunk', ({ content }) => content === 'half');
      expect((await b.http('ada', 'POST', `/sessions/${session}/end`)).status).toBe(200);
      await phone.until('end', ({ metadata }) => metadata?.status === 'ended');
      await eventually(() => question.isAborted, { timeoutMs: 4_000 });
      await phone.until('the cut answer', ({ seq }) => seq === 3);
      const stored = await b.store.entries(session, { limit: 10 });
      expect(stored.map(({ entry }) => (entry.kind === 'message' ? [entry.content, entry.end] : entry.kind))).toEqual([
        ['one', undefined],
        'end',
        ['half', 'interrupted'],
      ]);
      say(phone, 'two');
      const ack = await phone.until('ack', (frame) => isAck(frame) && frame.message_id === 'two');
      expect(ack.session_id).not.toBe(session);
      expect(ack.seq).toBe(1);
    }));

  it.concurrent('a session that is deleted on one is taken from the sockets of the other, and its answer is stopped', () =>
    withReplicas(between, {}, async ({ a, b, model }) => {
      const phone = await connect(a, 'ada');
      say(phone, 'one');
      const session = (await phone.until('ack', isAck)).session_id ?? '';
      const question = await model.question(0);
      question.say('half');
      await phone.until('chunk', ({ content }) => content === 'half');
      expect((await b.http('ada', 'DELETE', `/sessions/${session}`)).status).toBeLessThan(300);
      await phone.until('deleted', ({ metadata }) => metadata?.status === 'deleted');
      await eventually(() => question.isAborted, { timeoutMs: 4_000 });
      say(phone, 'anew');
      const ack = await phone.until('ack', (frame) => isAck(frame) && frame.message_id === 'anew');
      expect(ack).toMatchObject({ seq: 1 });
      expect(ack.session_id).not.toBe(session);
      expect(await b.store.session(session)).toBeNull();
      await eventually(() => a.app.chat.live().sessions === 1);
    }));
});
