// Takeover among several replicas: the admin on one, the user on the other, with a bus between them and without.
import { describe, expect, it } from 'vitest';
import { appStores } from '../helpers/app-stores.js';
import { eventually } from '../helpers/poll.js';
import { type BusBetween, withReplicas } from '../helpers/replicas.js';
import { connectAdmin, isOf, isStatus, join, logOf, refusal, reply, said, say } from '../helpers/takeover.js';
import { connect } from '../helpers/wire-client.js';

const stores = await appStores();
const modes: BusBetween[] = ['one bus', 'no bus'];
const patience = { timeoutMs: 9_000 };

describe.each(modes)('takeover on two replicas with %s', (between) => {
  it.concurrent.each(stores.map((store) => [store.name, store] as const))(
    'R19 R20 on %s: the model of the other replica is silenced, both sides hear each other, and after it that model knows what was said',
    (_, store) =>
      withReplicas(between, { store }, async ({ a, b, model }) => {
        const phone = await connect(a, 'ada');
        const session = await say(phone, 'one');
        const question = await model.question(0);
        question.say('half');
        await phone.until('a piece', ({ content }) => content === 'half');
        const desk = await connect(b, 'ada', { query: `?session_id=${session}` });
        const bea = await connectAdmin(b);
        await join(bea, session);
        await eventually(() => question.isAborted, patience);
        for (const client of [phone, desk, bea]) {
          const cut = await client.until(
            'the cut answer',
            ({ type, seq }) => type === 'ai_response' && seq !== undefined,
          );
          expect(cut.metadata?.end).toBe('interrupted');
          const from = client.frames.findIndex(isOf('admin_join'));
          expect(client.frames.slice(from).filter(({ metadata }) => metadata?.done === 'false')).toEqual([]);
        }
        await say(phone, 'hello?');
        await bea.until('the user', ({ content }) => content === 'hello?');
        await reply(bea, session, 'hello!');
        for (const client of [phone, desk]) await client.until('the admin', ({ content }) => content === 'hello!');
        bea.send({ type: 'admin_whisper', session_id: session, content: 'be brief' });
        await bea.until('ack', ({ type, metadata }) => type === 'message_ack' && metadata?.kind === 'whisper');
        bea.send({ type: 'admin_leave', session_id: session, content: 'a note' });
        for (const client of [phone, desk]) await client.until('left', isOf('admin_leave'));
        await say(phone, 'two');
        const asked = (await model.question(1)).request.messages.slice(1);
        expect(asked.map(({ content }) => content.replace(/^\[.*?:\] /, ''))).toEqual([
          'one',
          'half [this answer was cut off here]',
          'hello?',
          'hello!',
          'be brief',
          'a note',
          expect.stringContaining('has handed the conversation back to you'),
          'two',
        ]);
        expect(model.questions).toHaveLength(2);
        expect(await logOf(b, session)).toHaveLength(7);
      }),
  );

  it.concurrent('the second admin is refused on the other replica too, by name, and takes it there by force', () =>
    withReplicas(between, {}, async ({ a, b }) => {
      const ada = await connect(a, 'ada');
      const session = await say(ada, 'one');
      const [bea, cleo] = [await connectAdmin(a), await connectAdmin(b, 'cleo', undefined, 'Cleo')];
      await join(bea, session);
      const held = await refusal(cleo, { type: 'admin_join', session_id: session });
      expect(held.message).toMatch(/^Bea holds this conversation since \d{4}-/);
      expect((await b.http('cleo', 'POST', `/admin/takeover/${session}`, undefined, ['admin'])).status).toBe(409);
      await join(cleo, session, { force: true });
      await bea.until('the new holder', ({ type, metadata }) => type === 'admin_join' && metadata?.admin_id === 'cleo');
      expect((await refusal(bea, { type: 'admin_message', session_id: session, content: 'x' })).code).toBe(
        'SESSION_HELD',
      );
      await ada.until('the new holder', ({ metadata }) => metadata?.admin_id === 'cleo');
    }));

  it.concurrent('an admin who does not know yet that the session was taken can’t speak in it', () =>
    withReplicas(between, {}, async ({ a, b }) => {
      const ada = await connect(a, 'ada');
      const session = await say(ada, 'one');
      const [bea, cleo] = [await connectAdmin(a), await connectAdmin(b, 'cleo', undefined, 'Cleo')];
      await join(bea, session);
      const joining = join(cleo, session, { force: true });
      await eventually(async () => (await logOf(a, session)).includes('floor 2: cleo by force'));
      // Without a bus nothing but the log can tell the first replica.
      bea.send({ type: 'admin_message', session_id: session, content: 'late' });
      await bea.until('the refusal', ({ error }) => error?.code === 'SESSION_HELD');
      await joining;
      await ada.until('the new holder', ({ metadata }) => metadata?.admin_id === 'cleo');
      expect(said(ada)).toEqual([]);
    }));

  it.concurrent('a user on the other replica is told that the admin is away, is back, and has left', () =>
    withReplicas(between, { chat: { floorLeaseMs: 3_000 } }, async ({ a, b }) => {
      const ada = await connect(a, 'ada');
      const session = await say(ada, 'one');
      const bea = await connectAdmin(b);
      await join(bea, session);
      await ada.until('who took it', isOf('admin_join'));
      bea.socket.terminate();
      await ada.until('away', isStatus('admin_away'));
      const again = await connectAdmin(a, 'bea', `?session_id=${session}`);
      expect(again.sessionId()).toBe(session);
      await ada.until('back', isStatus('admin_back'));
      again.socket.terminate();
      await ada.until('away', isStatus('admin_away'));
      expect((await ada.until('left', isOf('admin_leave'))).metadata?.reason).toBe('connection_lost');
      expect(ada.frames.filter(isOf('admin_join'))).toHaveLength(1);
      await eventually(async () => (await a.store.notes('floor/')).length === 0, patience);
    }));

  it.concurrent('a call for help reaches an admin on the other replica, once', () =>
    withReplicas(between, {}, async ({ a, b }) => {
      const bea = await connectAdmin(b);
      const ada = await connect(a, 'ada');
      const session = await say(ada, 'one');
      ada.send({ type: 'help_request' });
      await ada.until('confirmed', isStatus('help_requested'));
      const call = await bea.until('the call', isOf('notification'));
      expect(call.metadata).toMatchObject({ code: 'HELP_REQUESTED', session_id: session, user_id: 'ada' });
      const bob = await connect(a, 'bob');
      bob.send({ type: 'help_request' });
      await bea.until('the other call', ({ type, metadata }) => type === 'notification' && metadata?.user_id === 'bob');
      expect(bea.frames.filter(({ metadata }) => metadata?.user_id === 'ada')).toHaveLength(1);
    }));

  it.concurrent('reading along on the other replica sees what is written', () =>
    withReplicas(between, {}, async ({ a, b, model }) => {
      const ada = await connect(a, 'ada');
      const session = await say(ada, 'one');
      const bea = await connectAdmin(b);
      bea.send({ type: 'admin_watch', session_id: session });
      await bea.until('watching', isStatus('watching'));
      const question = await model.question(0);
      question.say('read ');
      question.say('along');
      await eventually(
        () =>
          bea.frames
            .map(({ content }) => content ?? '')
            .join('')
            .includes('read along'),
        patience,
      );
      question.end();
      await bea.until('the end', ({ seq }) => seq === 2);
      await say(ada, 'two');
      await bea.until('the user', ({ content }) => content === 'two');
    }));
});
