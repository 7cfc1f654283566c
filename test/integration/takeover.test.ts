// Station: test/integration. A person takes a conversation, talks and hands it back, on a whole server and real sockets.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestApp } from '../helpers/app.js';
import { appStores } from '../helpers/app-stores.js';
import { brokenBounds } from '../helpers/frame-bounds.js';
import { type GatedModel, gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { connectAdmin, isOf, isStatus, join, logOf, refusal, reply, said, say } from '../helpers/takeover.js';
import { connect } from '../helpers/wire-client.js';

const stores = await appStores();

describe.each(stores.map((store) => [store.name, store] as const))('on %s', (_, store) => {
  let app: TestApp;
  let model: GatedModel;
  beforeEach(async () => {
    model = gatedModel();
    app = await store.start({ providers: [model.provider] });
  });
  afterEach(() => app.stop());

  /** What the model was shown, without the system prompt. */
  const shown = async (question: number) => (await model.question(question)).request.messages.slice(1);

  describe('taking a session', () => {
    it('R19: the model is silent at once, its cut answer is kept as interrupted, and both sides talk live', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const question = await model.question(0);
      question.say('half an ans');
      await ada.until('a piece', ({ content }) => content === 'half an ans');
      const bea = await connectAdmin(app);
      await join(bea, session);
      expect(question.isAborted).toBe(true);
      question.say('never told');
      const joined = await ada.until('who took it', isOf('admin_join'));
      expect(joined).toMatchObject({ seq: 2, session_id: session, metadata: { admin_id: 'bea', admin_name: 'Bea' } });
      for (const client of [ada, bea]) {
        const cut = await client.until('the cut answer', ({ seq }) => seq === 3);
        expect(cut.metadata).toMatchObject({ done: 'true', end: 'interrupted', interrupted: 'true' });
      }
      await say(ada, 'is anybody there?');
      await bea.until(
        'what the user says',
        ({ content, sender }) => content === 'is anybody there?' && sender === 'user',
      );
      await reply(bea, session, 'yes, me');
      const heard = await ada.until('what the admin says', ({ content }) => content === 'yes, me');
      expect(heard).toMatchObject({ type: 'user_message', sender: 'admin', user_id: 'bea', seq: 5 });
      expect(model.questions).toHaveLength(1);
      expect(await logOf(app, session)).toEqual([
        'user: one',
        'floor 1: bea',
        'ai: half an ans (interrupted)',
        'user: is anybody there?',
        'admin: yes, me',
      ]);
      for (const frame of [...ada.frames, ...bea.frames]) expect(brokenBounds(frame)).toEqual([]);
    });

    it('joining gives where the log stands and the running answer as far as it came, before admin_join', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      (await model.question(0)).say('so far');
      await ada.until('a piece', ({ content }) => content === 'so far');
      const bea = await connectAdmin(app);
      bea.send({ type: 'admin_join', session_id: session, message_id: 'join-1' });
      const joined = await bea.until('joined', isStatus('joined'));
      expect(joined).toMatchObject({ session_id: session, message_id: 'join-1' });
      expect(joined.metadata).toMatchObject({ last_seq: '1', resumed: 'false', owner_id: 'ada', lease: '30000' });
      const next = await bea.until('loading', ({ session_id }) => session_id === session);
      expect(next.type).toBe('loading');
      expect(await bea.until('the answer', isOf('ai_response'))).toMatchObject({ content: 'so far', index: 0 });
      expect(await bea.until('the entry', ({ seq }) => seq !== undefined)).toMatchObject({
        type: 'admin_join',
        seq: 2,
      });
      expect(await bea.until('the cut answer', ({ seq }) => seq === 3)).toMatchObject({ type: 'ai_response' });
    });

    it('joining from a place replays all that came after it, in order, then goes on live', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      (await model.question(0)).end();
      for (const content of ['two', 'three']) await say(ada, content);
      const bea = await connectAdmin(app);
      await join(bea, session, { last_seq: '1' });
      await say(ada, 'four');
      await bea.until('four', ({ content }) => content === 'four');
      const seqs = bea.frames.flatMap(({ seq, session_id }) =>
        session_id === session && seq !== undefined ? [seq] : [],
      );
      expect(seqs).toEqual(seqs.map((_, at) => at + 2));
    });

    it('a second admin gets SESSION_HELD with name and since when, and takes it by force, which is recorded', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const [bea, cleo] = [await connectAdmin(app), await connectAdmin(app, 'cleo', undefined, 'Cleo')];
      const before = new Date().toISOString();
      await join(bea, session);
      const held = await refusal(cleo, { type: 'admin_join', session_id: session, message_id: 'j' });
      expect(held).toMatchObject({ code: 'SESSION_HELD', metadata: { admin_id: 'bea', admin_name: 'Bea' } });
      expect(held.message).toContain('Bea holds this conversation since ');
      expect(held.metadata?.since?.localeCompare(before)).toBeGreaterThanOrEqual(0);
      expect((await refusal(cleo, { type: 'admin_message', session_id: session, content: 'x' })).code).toBe(
        'SESSION_HELD',
      );

      await join(cleo, session, { force: 'true' });
      const taken = await bea.until('the new holder', ({ metadata }) => metadata?.admin_id === 'cleo');
      expect(taken).toMatchObject({ type: 'admin_join', metadata: { forced: 'true' } });
      expect((await refusal(bea, { type: 'admin_message', session_id: session, content: 'x' })).code).toBe(
        'SESSION_HELD',
      );
      await say(ada, 'hello Cleo');
      await cleo.until('the user', ({ content }) => content === 'hello Cleo');
      await eventually(async () => expect((await logOf(app, session)).slice(-3)).toContain('floor 2: cleo by force'));
      // Who is out hears nothing more of it.
      expect(said(bea)).toEqual([]);
      const { body } = await app.http('root', 'GET', '/admin/sessions', undefined, ['admin']);
      expect(body.sessions).toMatchObject([{ held_by: 'Cleo', assisting_admin_name: 'Cleo', admin_assisted: true }]);
    });

    it('one admin who joins again, from another socket too, is told to the user once', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const desk = await connectAdmin(app);
      await join(desk, session);
      desk.send({ type: 'admin_join', session_id: session });
      await desk.until('joined again', isStatus('joined'));
      const phone = await connectAdmin(app);
      expect(await join(phone, session)).not.toHaveProperty('seq');
      await reply(phone, session, 'from the phone');
      await desk.until('own words from the other socket', ({ content }) => content === 'from the phone');
      await ada.until('the words', ({ content }) => content === 'from the phone');
      expect(ada.frames.filter(isOf('admin_join'))).toHaveLength(1);
      expect((await logOf(app, session)).filter((entry) => String(entry).startsWith('floor'))).toEqual([
        'floor 1: bea',
      ]);
    });

    it('L2: a name of 800 emoji is told cut at 100 characters, whole ones', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      // A token holds the name, so this one is as long as a header lets it be.
      const bea = await connectAdmin(app, 'bea', undefined, '\u{1F469}\u{1F3FD}'.repeat(400));
      await join(bea, session);
      const { metadata } = await ada.until('who took it', isOf('admin_join'));
      expect([...(metadata?.admin_name ?? '')]).toHaveLength(100);
      expect(metadata?.admin_name?.isWellFormed()).toBe(true);
    });

    it('an unknown, ended, deleted or own session is a clear error, and nothing happens', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const bea = await connectAdmin(app);
      const own = await say(bea, 'my own');
      expect((await refusal(bea, { type: 'admin_join', session_id: own })).code).toBe('INVALID_FORMAT');
      for (const type of ['admin_join', 'admin_watch', 'admin_leave']) {
        expect((await refusal(bea, { type, session_id: 'nobody' })).code).toBe('NOT_FOUND');
      }
      await join(bea, session);
      await app.http('ada', 'POST', `/sessions/${session}/end`);
      await bea.until('the end', isStatus('ended'));
      for (const frame of [
        { type: 'admin_message', content: 'x' },
        { type: 'admin_whisper', content: 'x' },
        { type: 'admin_join' },
        { type: 'admin_watch' },
      ])
        expect((await refusal(bea, { ...frame, session_id: session })).code).toBe('SESSION_ENDED');
      bea.send({ type: 'admin_leave', session_id: session });
      await bea.until('left', isStatus('left'));
      await app.http('ada', 'DELETE', `/sessions/${session}`);
      for (const frame of [{ type: 'admin_message', content: 'x' }, { type: 'admin_join' }])
        expect((await refusal(bea, { ...frame, session_id: session })).code).toBe('NOT_FOUND');
      await eventually(async () => (await app.store.notes('floor/')).length === 0);
    });

    it('a user who tries every admin frame gets one error each, and nothing happens', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const eve = await connect(app, 'eve');
      const frames = ['admin_join', 'admin_leave', 'admin_message', 'admin_watch', 'admin_whisper'].map((type) => ({
        type,
        session_id: session,
        content: 'x',
        metadata: { force: 'true' },
      }));
      for (const client of [ada, eve]) {
        const known = client.frames.length;
        for (const frame of frames) expect((await refusal(client, frame)).code).toBe('INSUFFICIENT_PERMISSIONS');
        expect(client.frames).toHaveLength(known + frames.length);
      }
      for (const method of ['POST', 'DELETE'])
        expect((await app.http('eve', method, `/admin/takeover/${session}`)).status).toBe(403);
      expect(await logOf(app, session)).toEqual(['user: one']);
      expect(await app.store.asides(session, 10)).toEqual([]);
      expect(await app.store.notes('floor/')).toEqual([]);
    });
  });

  describe('several sessions and sockets', () => {
    it('H6: one admin in two sessions receives both, in order, nothing dropped, and speaks in each', async () => {
      const users = await Promise.all(['ada', 'bob'].map((id) => connect(app, id)));
      const sessions = await Promise.all(users.map((user, at) => say(user, `first of ${at}`)));
      const bea = await connectAdmin(app);
      for (const session of sessions) await join(bea, session);
      await Promise.all(
        users.map(async (user, at) => {
          for (let number = 0; number < 25; number += 1) await say(user, `${at} says ${number}`);
        }),
      );
      for (const [at, session] of sessions.entries()) {
        await reply(bea, session, `to ${at}`);
        const heard = bea.frames.filter(({ session_id, type }) => session_id === session && type === 'user_message');
        expect(heard.map(({ content }) => content)).toEqual(
          Array.from({ length: 25 }, (_, number) => `${at} says ${number}`),
        );
        await users[at]?.until('the answer', ({ content }) => content === `to ${at}`);
      }
      // Without a session it is the one that was joined last.
      bea.send({ type: 'user_message', content: 'to the last', message_id: 'last' });
      await users[1]?.until('the words', ({ content, sender }) => content === 'to the last' && sender === 'admin');
      expect(users.map((user) => said(user).filter((line) => line.startsWith('admin')))).toEqual([
        ['admin: to 0'],
        ['admin: to 1', 'admin: to the last'],
      ]);
    });

    it('R20 R31: every device of the user sees join, words, typing and leave, the older one too', async () => {
      const phone = await connect(app, 'ada');
      const session = await say(phone, 'one');
      const desk = await connect(app, 'ada');
      const bea = await connectAdmin(app);
      await join(bea, session);
      bea.send({ type: 'typing_indicator', session_id: session });
      await reply(bea, session, 'hello both');
      await say(phone, 'from the phone');
      bea.send({ type: 'admin_leave', session_id: session });
      for (const device of [phone, desk]) {
        await device.until('left', isOf('admin_leave'));
        const kinds = device.frames.flatMap(({ type, sender, content }) =>
          ['admin_join', 'typing_indicator', 'admin_leave'].includes(type)
            ? [type]
            : type === 'user_message'
              ? [`${sender}: ${content}`]
              : [],
        );
        const own = device === desk ? ['user: from the phone'] : [];
        expect(kinds).toEqual(['admin_join', 'typing_indicator', 'admin: hello both', ...own, 'admin_leave']);
      }
      phone.send({ type: 'typing_indicator' });
      expect(phone.frames.filter(isOf('typing_indicator'))).toMatchObject([{ sender: 'admin', user_id: 'bea' }]);
    });

    it('the user types, and the admin sees it', async () => {
      const ada = await connect(app, 'ada');
      const bea = await connectAdmin(app);
      const session = await say(ada, 'one');
      await join(bea, session);
      ada.send({ type: 'typing_indicator' });
      expect(await bea.until('typing', isOf('typing_indicator'))).toMatchObject({
        sender: 'user',
        session_id: session,
      });
    });

    it('the user’s socket is gone during the takeover: messages wait and arrive', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const bea = await connectAdmin(app);
      await join(bea, session);
      ada.socket.terminate();
      await ada.closed;
      for (const content of ['are you there', 'still']) await reply(bea, session, content);
      const back = await connect(app, 'ada', { query: `?session_id=${session}&last_seq=1` });
      expect(back.frames[0]?.metadata).toMatchObject({ admin_id: 'bea', admin_name: 'Bea' });
      await back.until('the last', ({ content }) => content === 'still');
      expect(said(back)).toEqual(['admin: are you there', 'admin: still']);
    });

    it('the same admin message again is the same ack and no second message; other words are an error', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const bea = await connectAdmin(app);
      await join(bea, session);
      const first = await reply(bea, session, 'once');
      expect((await reply(bea, session, 'once')).seq).toBe(first.seq);
      const other = await refusal(bea, {
        type: 'admin_message',
        session_id: session,
        content: 'twice',
        message_id: 'once',
      });
      expect(other.code).toBe('INVALID_FORMAT');
      // A client that gives no id is answered too.
      bea.send({ type: 'admin_message', session_id: session, content: 'no id' });
      const ack = await bea.until('ack', isOf('message_ack'));
      expect(ack.message_id).not.toBe('');
      await ada.until('the words', ({ content }) => content === 'no id');
      expect(said(ada)).toEqual(['admin: once', 'admin: no id']);
    });
  });

  describe('handing back', () => {
    it('the model answers again, knows what the human said and the private note, and does not answer what was said to the human', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      (await model.question(0)).say('first answer');
      (await model.question(0)).end();
      await ada.until('the answer', ({ seq }) => seq === 2);
      const bea = await connectAdmin(app);
      await join(bea, session);
      await say(ada, 'my name is Ada');
      await reply(bea, session, 'nice to meet you');
      bea.send({ type: 'admin_leave', session_id: session, content: 'she gets a refund', message_id: 'bye' });
      expect(await ada.until('left', isOf('admin_leave'))).toMatchObject({
        metadata: { admin_id: 'bea', admin_name: 'Bea' },
      });
      expect(await bea.until('left', isStatus('left'))).toMatchObject({ message_id: 'bye', session_id: session });
      expect(model.questions).toHaveLength(1);
      await say(ada, 'what is my name?');
      expect((await shown(1)).map(({ role, content }) => `${role}: ${content}`)).toEqual([
        'user: one',
        'assistant: first answer',
        'user: my name is Ada',
        'assistant: [Bea, a human colleague, said:] nice to meet you',
        'system: [A human colleague who spoke with the user leaves you this note, which the user does not see:] she gets a refund',
        'system: Bea, a human colleague, spoke with the user and has handed the conversation back to you.',
        'user: what is my name?',
      ]);
      (await model.question(1)).say('Ada');
      (await model.question(1)).end();
      await ada.until('the answer', ({ content }) => content === 'Ada');
      expect(model.questions).toHaveLength(2);
      // The admin is out: what follows is not told there.
      expect(JSON.stringify(bea.frames)).not.toContain('what is my name');
      const { body } = await app.http('ada', 'GET', `/sessions/${session}`);
      for (const told of [ada.frames, body]) expect(JSON.stringify(told)).not.toContain('refund');
    });

    it('what nobody answered before the takeover, and what was said during it, is not asked after it', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      await model.question(0);
      await say(ada, 'waits for the next turn');
      const bea = await connectAdmin(app);
      await join(bea, session);
      await ada.until('the end of waiting', ({ metadata }) => metadata?.end === 'interrupted');
      await say(ada, 'to the human');
      bea.send({ type: 'admin_leave', session_id: session });
      await ada.until('left', isOf('admin_leave'));
      await say(ada, 'to the model');
      expect((await shown(1)).at(-1)?.content).toBe('to the model');
      expect(model.questions).toHaveLength(2);
    });

    it('a client that gives no message id has its typing dots ended while a person holds the session', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      (await model.question(0)).end();
      await join(await connectAdmin(app), session);
      ada.send({ type: 'user_message', content: 'no id' });
      await ada.until('the end of the dots', ({ metadata }) => metadata?.end === 'held');
    });
  });
});
