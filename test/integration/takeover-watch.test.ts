// Station: test/integration. Admins who read along and whisper, users who ask for help, takeover over HTTP, and what lists and metrics say of it all.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestApp } from '../helpers/app.js';
import { appStores } from '../helpers/app-stores.js';
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

  const admin = ['admin'];

  describe('watching', () => {
    it('shows everything live and tells the user nothing, at its begin and at its end', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      (await model.question(0)).say('so ');
      await ada.until('a piece', ({ content }) => content === 'so ');
      const known = ada.frames.length;
      const bea = await connectAdmin(app);
      bea.send({ type: 'admin_watch', session_id: session, message_id: 'w' });
      const watching = await bea.until('watching', isStatus('watching'));
      expect(watching).toMatchObject({
        message_id: 'w',
        session_id: session,
        metadata: { last_seq: '1', owner_id: 'ada' },
      });
      await bea.until('the answer so far', ({ content }) => content === 'so ');
      (await model.question(0)).say('far');
      await bea.until('the next piece', ({ content, index }) => content === 'far' && index === 3);
      (await model.question(0)).end();
      await bea.until('the end', ({ seq }) => seq === 2);
      bea.send({ type: 'admin_leave', session_id: session });
      await bea.until('left', isStatus('left'));
      await say(ada, 'two');
      await model.question(1);
      expect(ada.frames.slice(known).map(({ type }) => type)).toEqual([
        'ai_response',
        'ai_response',
        'message_ack',
        'loading',
      ]);
      expect(said(bea)).toEqual([]);
      const { body } = await app.http('root', 'GET', '/admin/sessions', undefined, admin);
      expect(body.sessions).toMatchObject([{ admin_assisted: false }]);
      expect(await logOf(app, session)).toEqual(['user: one', 'ai: so far (complete)', 'user: two']);
    });

    it('goes on after a takeover from it is handed back, and replays what was missed when it is asked from a place', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      await model.question(0);
      const bea = await connectAdmin(app);
      bea.send({ type: 'admin_watch', session_id: session, metadata: { last_seq: 0 } });
      await bea.until('what was missed', ({ seq, content }) => seq === 1 && content === 'one');
      expect((await refusal(bea, { type: 'admin_message', session_id: session, content: 'x' })).code).toBe(
        'UNAUTHORIZED',
      );
      await join(bea, session);
      await reply(bea, session, 'hello');
      bea.send({ type: 'admin_leave', session_id: session });
      await ada.until('left', isOf('admin_leave'));
      await say(ada, 'to the model');
      await bea.until('what is read along', ({ content }) => content === 'to the model');
    });

    it('a socket that is in as many sessions as one may be is refused the next', async () => {
      const bea = await connectAdmin(app);
      for (let number = 0; number < 51; number += 1) {
        await app.store.createSession({
          id: `s${number}`,
          userId: `u${number}`,
          ordinal: 1,
          startedAt: Date.now(),
          name: '',
          modelId: null,
        });
        if (number === 50) break;
        bea.send({ type: 'admin_watch', session_id: `s${number}` });
        await bea.until('watching', isStatus('watching'));
      }
      for (const type of ['admin_watch', 'admin_join'])
        expect(await refusal(bea, { type, session_id: 's50' })).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
      bea.send({ type: 'admin_leave', session_id: 's0' });
      await bea.until('left', isStatus('left'));
      await join(bea, 's50');
    });
  });

  describe('whispering', () => {
    it('tells the model at its place and nobody else: not in frames, history, export, share or list', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      (await model.question(0)).say('first');
      (await model.question(0)).end();
      await ada.until('the answer', ({ seq }) => seq === 2);
      const bea = await connectAdmin(app);
      bea.send({ type: 'admin_watch', session_id: session });
      await bea.until('watching', isStatus('watching'));
      bea.send({ type: 'admin_whisper', session_id: session, content: 'CANARY be brief', message_id: 'w1' });
      const ack = await bea.until('ack', isOf('message_ack'));
      expect(ack).toMatchObject({
        message_id: 'w1',
        session_id: session,
        metadata: { kind: 'whisper', bound_to: '2' },
      });
      expect(ack).not.toHaveProperty('seq');
      bea.send({ type: 'admin_whisper', session_id: session, content: 'CANARY be brief', message_id: 'w1' });
      expect((await bea.until('ack', isOf('message_ack'))).metadata?.bound_to).toBe('2');
      const other = { type: 'admin_whisper', session_id: session, content: 'CANARY other', message_id: 'w1' };
      expect((await refusal(bea, other)).code).toBe('INVALID_FORMAT');
      await say(ada, 'two');
      const { messages } = (await model.question(1)).request;
      expect(messages.slice(1).map(({ role, content }) => `${role}: ${content}`)).toEqual([
        'user: one',
        'assistant: first',
        'system: [A human colleague tells you, unseen by the user:] CANARY be brief',
        'user: two',
      ]);
      (await model.question(1)).say('ok');
      (await model.question(1)).end();
      await ada.until('the answer', ({ seq }) => seq === 4);
      const again = await connect(app, 'ada', { query: `?session_id=${session}&last_seq=0` });
      await again.until('the last', ({ seq }) => seq === 4);
      const { share_token } = (await app.http('ada', 'POST', `/sessions/${session}/share`)).body;
      const seen = [ada.frames, again.frames];
      const paths = [`/sessions/${session}`, '/sessions', `/shared/${String(share_token)}`];
      for (const path of paths) seen.push((await app.http('ada', 'GET', path)).body as never);
      for (const path of [`/admin/sessions/${session}`, '/admin/sessions', '/admin/metrics'])
        seen.push((await app.http('root', 'GET', path, undefined, admin)).body as never);
      const token = await app.token('root', { roles: admin });
      for (const format of ['jsonl', 'md', 'csv']) {
        const url = `${app.httpUrl}/admin/sessions/${session}/export?format=${format}`;
        seen.push((await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).text()) as never);
      }
      expect(seen).toHaveLength(11);
      for (const what of seen) expect(JSON.stringify(what)).not.toContain('CANARY');
    });

    it('needs a place in the session', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const bea = await connectAdmin(app);
      for (const frame of [{ session_id: session }, {}])
        expect((await refusal(bea, { type: 'admin_whisper', content: 'x', ...frame })).code).toBe('UNAUTHORIZED');
      expect(await app.store.asides(session, 10)).toEqual([]);
    });
  });

  describe('asking for help', () => {
    it('marks the session, tells every admin who is connected and the user, and ends when an admin takes it', async () => {
      const admins = [await connectAdmin(app), await connectAdmin(app, 'cleo')];
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'CANARY words');
      ada.send({ type: 'help_request', session_id: session });
      expect((await ada.until('confirmed', isStatus('help_requested'))).metadata?.queue_place).toBe('1');
      for (const client of admins) {
        const told = await client.until('the call', isOf('notification'));
        expect(told.metadata).toEqual({
          code: 'HELP_REQUESTED',
          session_id: session,
          user_id: 'ada',
          queue_place: '1',
        });
        expect(told).not.toHaveProperty('session_id');
        expect(JSON.stringify(client.frames)).not.toContain('CANARY');
      }
      const waiting = () => app.http('root', 'GET', '/admin/sessions?help_requested=true', undefined, admin);
      expect((await waiting()).body.sessions).toMatchObject([{ session_id: session, help_requested: true }]);
      if (admins[0] !== undefined) await join(admins[0], session);
      expect((await waiting()).body.sessions).toEqual([]);
      const bob = await connect(app, 'bob');
      bob.send({ type: 'help_request' });
      expect((await bob.until('confirmed', isStatus('help_requested'))).metadata?.queue_place).toBe('1');
      expect(ada.frames.filter(isOf('notification'))).toEqual([]);
    });
  });

  describe('over HTTP', () => {
    it('a takeover has the reference’s shape and statuses, and is joined by the upgrade that names the session', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const question = await model.question(0);
      const path = `/admin/takeover/${session}`;
      const taken = await app.http('bea', 'POST', path, undefined, admin);
      expect(taken.status).toBe(200);
      expect(taken.body).toMatchObject({ session_id: session, admin_id: 'bea', message: expect.any(String) });
      expect(question.isAborted).toBe(true);
      await ada.until('who took it', isOf('admin_join'));
      expect((await app.http('bea', 'POST', '/admin/takeover/nobody', undefined, admin)).status).toBe(404);
      const held = await app.http('cleo', 'POST', path, undefined, admin);
      expect(held.status).toBe(409);
      expect(held.body).toMatchObject({
        code: 'CONFLICT',
        error: expect.stringMatching(/^bea holds this .* since \d{4}-/),
      });
      expect((await app.http('cleo', 'DELETE', path, undefined, admin)).status).toBe(409);
      expect((await app.http('bea', 'POST', path, undefined, admin)).status).toBe(200);

      const bea = await connectAdmin(app, 'bea', `?session_id=${session}&last_seq=0`, 'bea');
      expect(bea.frames[0]).toMatchObject({
        type: 'connection_status',
        session_id: session,
        metadata: { status: 'connected', admin_id: 'bea' },
      });
      expect(bea.frames[1] ?? (await bea.until('admin_join', isOf('admin_join')))).toMatchObject({
        type: 'admin_join',
      });
      await bea.until('what was missed', ({ content }) => content === 'one');
      await reply(bea, session, 'hello');
      await ada.until('the words', ({ content }) => content === 'hello');
      expect(ada.frames.filter(isOf('admin_join'))).toHaveLength(1);

      expect((await app.http('bea', 'DELETE', path, undefined, admin)).status).toBe(200);
      await ada.until('left', isOf('admin_leave'));
      await bea.until('left', isOf('admin_leave'));
      expect((await app.http('bea', 'DELETE', path, undefined, admin)).status).toBe(200);
      expect((await app.http('cleo', 'POST', `${path}?force=true`, undefined, admin)).status).toBe(200);
      expect((await app.http('bea', 'POST', `${path}?force=true`, undefined, admin)).status).toBe(200);
      expect(await logOf(app, session)).toContain('floor 4: bea by force');
      await app.http('ada', 'POST', `/sessions/${session}/end`);
      expect((await app.http('bea', 'POST', path, undefined, admin)).status).toBe(409);
    });

    it('an admin’s upgrade that names a session which they do not hold is treated as if it named none', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      await join(await connectAdmin(app, 'cleo', undefined, 'Cleo'), session);
      const bea = await connectAdmin(app, 'bea', `?session_id=${session}`);
      expect(bea.sessionId()).not.toBe(session);
      await reply(await connectAdmin(app, 'cleo', `?session_id=${session}`), session, 'private');
      await ada.until('the words', ({ content }) => content === 'private');
      expect(said(bea)).toEqual([]);
    });

    it('R26: lists and metrics say what happened, and so do the counters', async () => {
      const [ada, bob] = [await connect(app, 'ada'), await connect(app, 'bob')];
      const session = await say(ada, 'one');
      await say(bob, 'one');
      ada.send({ type: 'help_request' });
      await ada.until('confirmed', isStatus('help_requested'));
      const bea = await connectAdmin(app);
      await join(bea, session);
      const list = async (query: string) =>
        (await app.http('root', 'GET', `/admin/sessions${query}`, undefined, admin)).body.sessions;
      const held = {
        session_id: session,
        admin_assisted: true,
        assisting_admin_name: 'Bea',
        held_by: 'Bea',
        help_requested: false,
      };
      expect(await list('?admin_assisted=true')).toMatchObject([held]);
      bea.send({ type: 'admin_leave', session_id: session });
      await ada.until('left', isOf('admin_leave'));
      const [after] = (await list('?admin_assisted=true')) as [Record<string, unknown>];
      expect(after).toMatchObject({ admin_assisted: true, assisting_admin_name: 'Bea' });
      expect(after).not.toHaveProperty('held_by');
      const { body } = await app.http('root', 'GET', '/admin/metrics', undefined, admin);
      expect(body).toMatchObject({ admin_assisted_count: 1, total_sessions: 2, metrics: { AdminAssistedCount: 1 } });
      await refusal(bea, { type: 'admin_message', session_id: session, content: 'late' });
      const text = await (await fetch(`${app.httpUrl}/metrics/prometheus`)).text();
      expect(text).toMatch(/^chatbox_admin_takeovers_total 1$/m);
      expect(text).toMatch(/^chatbox_admin_messages_dropped_total 1$/m);
      await eventually(async () => (await app.store.notes('floor/')).length === 0);
    });
  });
});
