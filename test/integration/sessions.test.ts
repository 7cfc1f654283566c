import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { appStores } from '../helpers/app-stores.js';
import { type GatedModel, gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { connect, type WireClient } from '../helpers/wire-client.js';

const stores = await appStores();

let app: TestApp;
let model: GatedModel;
beforeEach(async () => {
  model = gatedModel();
  app = await startApp({ providers: [model.provider] });
});
afterEach(async () => {
  await app.stop();
});

const isAck = (frame: OutboundFrame) => frame.type === 'message_ack';
const isError = (frame: OutboundFrame) => frame.type === 'error';
const isDone = (frame: OutboundFrame) => frame.type === 'ai_response' && frame.metadata?.done === 'true';

async function say(client: WireClient, content: string): Promise<OutboundFrame> {
  client.send({ type: 'user_message', content, message_id: `id-${content}` });
  return await client.until(`ack of ${content}`, (frame) => isAck(frame) && frame.message_id === `id-${content}`);
}

async function answered(client: WireClient, number: number, text: string): Promise<void> {
  const question = await model.question(number);
  question.say(text);
  question.end();
  await client.until('the end of the answer', isDone);
}

async function count(user: string): Promise<number> {
  return (await app.http(user, 'GET', '/sessions')).body.count as number;
}

describe('which session a socket talks in', () => {
  it('stores nothing before the first stored frame', async () => {
    const ada = await connect(app, 'ada');
    expect(ada.frames[0]).toMatchObject({
      type: 'connection_status',
      user_id: 'ada',
      models: [{ id: 'gated', name: 'gated' }],
    });
    expect(ada.sessionId()).not.toBe('');
    ada.send({ type: 'ping' });
    await ada.until('pong', ({ type }) => type === 'pong');
    expect(await count('ada')).toBe(0);
  });

  it('R17: two simultaneous first messages of one user make one session', async () => {
    const devices = await Promise.all(Array.from({ length: 8 }, () => connect(app, 'ada')));
    const acks = await Promise.all(devices.map((device, number) => say(device, `hello ${number}`)));
    expect(new Set(acks.map(({ session_id }) => session_id)).size).toBe(1);
    expect(acks.map(({ seq }) => seq).sort((a = 0, b = 0) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await count('ada')).toBe(1);
  });

  it('starts another session with ?new=1 and leaves the old one be', async () => {
    const phone = await connect(app, 'ada');
    await say(phone, 'first');
    const fresh = await connect(app, 'ada', { query: '?new=1' });
    expect(fresh.sessionId()).not.toBe(phone.sessionId());
    const ack = await say(fresh, 'second');
    expect(ack).toMatchObject({ seq: 1, session_id: fresh.sessionId() });
    expect(await count('ada')).toBe(2);
  });

  it('takes an id that the client made up for the session that it talks in, again and again', async () => {
    const ada = await connect(app, 'ada', { query: '?session_id=made-up' });
    for (const [number, content] of ['a', 'b'].entries()) {
      ada.send({ type: 'user_message', session_id: 'made-up', content, message_id: content });
      const ack = await ada.until('ack', isAck);
      expect(ack).toMatchObject({ seq: number === 0 ? 1 : expect.any(Number), session_id: ada.sessionId() });
      await answered(ada, number, 'ok');
    }
    expect(await count('ada')).toBe(1);
  });

  it('moves a socket to another of the user’s sessions that a frame names', async () => {
    const first = await connect(app, 'ada');
    await say(first, 'one');
    const second = await connect(app, 'ada', { query: '?new=1' });
    await say(second, 'two');
    second.send({ type: 'user_message', content: 'over here', session_id: first.sessionId(), message_id: 'moved' });
    const status = await second.until('moved', ({ type }) => type === 'connection_status');
    expect(status.session_id).toBe(first.sessionId());
    const ack = await second.until('ack', isAck);
    expect(ack).toMatchObject({ session_id: first.sessionId(), message_id: 'moved', seq: 2 });
    await first.until('echo', ({ content }) => content === 'over here');
  });

  it('R22: a stranger who names a session gets one error; its owner notices nothing and goes on', async () => {
    const ada = await connect(app, 'ada');
    await say(ada, 'private');
    const before = ada.frames.length;
    const eve = await connect(app, 'eve', { query: `?session_id=${ada.sessionId()}` });
    expect(eve.sessionId()).not.toBe(ada.sessionId());
    for (const type of [
      'user_message',
      'model_select',
      'cancel',
      'retry',
      'help_request',
      'typing_indicator',
      'resume',
    ]) {
      eve.send({
        type,
        session_id: ada.sessionId(),
        content: 'mine now',
        model_id: 'gated',
        metadata: { last_seq: 0 },
      });
      const error = await eve.until(`refusal of ${type}`, isError);
      expect(error.error?.code).toBe('UNAUTHORIZED');
    }
    eve.socket.terminate();
    await answered(ada, 0, 'fine');
    expect(ada.frames.slice(before).filter(isError)).toEqual([]);
    await say(ada, 'still here');
    const { body } = await app.http('ada', 'GET', `/sessions/${ada.sessionId()}`);
    expect((body.messages as { content: string }[]).map(({ content }) => content)).toEqual([
      'private',
      'fine',
      'still here',
    ]);
  });

  it('R25: an ended session takes no more messages; what is sent to it goes on in a new one that the sender can see', async () => {
    const ada = await connect(app, 'ada');
    await say(ada, 'one');
    await answered(ada, 0, 'ok');
    const old = ada.sessionId();
    expect(await app.http('ada', 'POST', `/sessions/${old}/end`)).toMatchObject({
      status: 200,
      body: { status: 'ended' },
    });
    await ada.until('end', ({ metadata }) => metadata?.status === 'ended');
    ada.send({ type: 'cancel' });
    await ada.until('refusal', ({ error }) => error?.code === 'SESSION_ENDED');
    const ack = await say(ada, 'two');
    expect(ack.session_id).not.toBe(old);
    expect(ack.seq).toBe(1);
    const { body } = await app.http('ada', 'GET', `/sessions/${old}`);
    expect(body.messages).toHaveLength(2);
    const first = await app.http('ada', 'GET', '/sessions');
    const ended = (first.body.sessions as { id: string; end_time?: string }[]).find(({ id }) => id === old)?.end_time;
    await app.http('ada', 'POST', `/sessions/${old}/end`);
    const second = await app.http('ada', 'GET', '/sessions');
    expect((second.body.sessions as { id: string; end_time?: string }[]).find(({ id }) => id === old)?.end_time).toBe(
      ended,
    );
  });

  it('lets an ended session be read over a socket', async () => {
    const ada = await connect(app, 'ada');
    await say(ada, 'one');
    await answered(ada, 0, 'ok');
    await app.http('ada', 'POST', `/sessions/${ada.sessionId()}/end`);
    const reader = await connect(app, 'ada', { query: `?session_id=${ada.sessionId()}&last_seq=0` });
    expect(reader.frames[0]).toMatchObject({
      session_id: ada.sessionId(),
      metadata: { state: 'ended', resumed: 'true', last_seq: '3' },
    });
    await reader.until('the end', ({ seq }) => seq === 3);
    expect(reader.frames.slice(1).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'user_message'],
      [2, 'ai_response'],
      [3, 'connection_status'],
    ]);
  });

  it('cuts a running answer when its session is ended, and the end is the last entry', async () => {
    const ada = await connect(app, 'ada');
    await say(ada, 'one');
    const question = await model.question(0);
    question.say('half');
    await ada.until('chunk', ({ content }) => content === 'half');
    await app.http('ada', 'POST', `/sessions/${ada.sessionId()}/end`);
    expect(question.isAborted).toBe(true);
    await ada.until('end', ({ metadata }) => metadata?.status === 'ended');
    expect(ada.frames.flatMap(({ seq, type }) => (seq === undefined ? [] : [[seq, type]]))).toEqual([
      [1, 'message_ack'],
      [2, 'ai_response'],
      [3, 'connection_status'],
    ]);
  });

  it('R31: an older device stays a live participant when a newer one connects', async () => {
    const old = await connect(app, 'ada');
    await say(old, 'one');
    const young = await connect(app, 'ada');
    await answered(old, 0, 'to both');
    await young.until('answer', isDone);
    await say(young, 'two');
    await old.until('echo', ({ content }) => content === 'two');
    await say(old, 'three');
    await young.until('echo', ({ content }) => content === 'three');
  });

  it('R32: what a user sends with somebody else’s sender or user id is stored as their own', async () => {
    const ada = await connect(app, 'ada');
    ada.send({
      type: 'user_message',
      content: 'a',
      sender: 'admin',
      user_id: 'root',
      timestamp: '1999-01-01T00:00:00Z',
      message_id: 'a',
    });
    await ada.until('ack', isAck);
    ada.send({
      type: 'file_upload',
      sender: 'ai',
      user_id: 'root',
      file_id: 'f',
      file_url: 'https://files.example.com/f',
      message_id: 'f',
    });
    await ada.until('ack', isAck);
    const { body } = await app.http('ada', 'GET', `/sessions/${ada.sessionId()}`);
    expect(body.messages).toMatchObject([
      { sender: 'user' },
      { sender: 'user', file_id: 'f', file_url: 'https://files.example.com/f' },
    ]);
    expect(JSON.stringify(body)).not.toContain('1999');
  });

  it('R27: no frame is met with silence, whatever session it names or does not', async () => {
    const firsts: [Record<string, unknown>, (frame: OutboundFrame) => boolean][] = [
      [{ type: 'user_message', content: 'x', message_id: 'm' }, isAck],
      [{ type: 'user_message', content: 'x' }, ({ type }) => type === 'loading'],
      [{ type: 'model_select', model_id: 'gated' }, ({ metadata }) => metadata?.status === 'model_changed'],
      [{ type: 'model_select', model_id: 'none' }, ({ error }) => error?.code === 'INVALID_FORMAT'],
      [{ type: 'model_select' }, ({ error }) => error?.code === 'MISSING_FIELD'],
      [
        { type: 'help_request' },
        ({ metadata }) => metadata?.status === 'help_requested' && metadata.queue_place !== undefined,
      ],
      [{ type: 'cancel' }, ({ error }) => error?.code === 'NOT_FOUND'],
      [{ type: 'retry' }, ({ error }) => error?.code === 'NOT_FOUND'],
      [
        { type: 'resume', session_id: 'nothing', metadata: { last_seq: 0 } },
        ({ error }) => error?.code === 'NOT_FOUND',
      ],
      [{ type: 'resume' }, ({ error }) => error?.code === 'MISSING_FIELD'],
      [{ type: 'ping' }, ({ type }) => type === 'pong'],
      [
        { type: 'voice_message', file_id: 'f', file_url: 'https://files.example.com/f' },
        ({ error }) => error?.code === 'SERVICE_ERROR',
      ],
      [{ type: 'file_upload', file_id: 'f' }, ({ error }) => error?.code === 'MISSING_FIELD'],
      [
        { type: 'file_upload', file_id: 'f', file_url: 'http://10.0.0.1/f' },
        ({ error }) => error?.code === 'INVALID_FORMAT',
      ],
      [{ type: 'admin_join' }, ({ error }) => error?.code === 'INSUFFICIENT_PERMISSIONS'],
      [{ type: 'token_refresh', metadata: { token: 'x' } }, ({ error }) => error?.code === 'INVALID_TOKEN'],
      [{ type: 'user_message', content: '  ' }, ({ error }) => error?.code === 'MISSING_FIELD'],
      [{ type: 'nonsense' }, ({ error }) => error?.code === 'INVALID_FORMAT'],
      [{ content: 'no type' }, ({ error }) => error?.code === 'MISSING_FIELD'],
    ];
    for (const [number, [frame, fits]] of firsts.entries()) {
      const user = `user-${number}`;
      const client = await connect(app, user);
      client.send(frame);
      await client.until(JSON.stringify(frame), fits);
      expect(client.frames.filter(isError).length, JSON.stringify(frame)).toBeLessThanOrEqual(1);
      client.close();
    }
  });

  it('R27: a file that an older client shares without an id is stored, and its typing dots end', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'file_upload', file_id: 'f', file_url: 'https://files.example.com/f' });
    const end = await ada.until('the end of its typing dots', isDone);
    expect(end.metadata).toMatchObject({ end: 'stored' });
    expect(await count('ada')).toBe(1);
    expect(model.questions).toHaveLength(0);
  });

  it('refuses a file for an ended session, and acks one again that was stored there', async () => {
    const ada = await connect(app, 'ada');
    const file = { type: 'file_upload', file_id: 'f', file_url: 'https://files.example.com/f', message_id: 'f' };
    ada.send(file);
    await ada.until('ack', isAck);
    ada.send({ ...file, file_url: 'https://files.example.com/other' });
    await ada.until('refusal of another file under the same id', ({ error }) => error?.code === 'INVALID_FORMAT');
    ada.send({ ...file, metadata: { more: 'x' } });
    await ada.until('refusal of other metadata under the same id', ({ error }) => error?.code === 'INVALID_FORMAT');
    await app.http('ada', 'POST', `/sessions/${ada.sessionId()}/end`);
    await ada.until('end', ({ metadata }) => metadata?.status === 'ended');
    ada.send(file);
    expect(await ada.until('the same ack', isAck)).toMatchObject({ seq: 1, session_id: ada.sessionId() });
    ada.send({ ...file, message_id: 'g' });
    await ada.until('refusal', ({ error }) => error?.code === 'SESSION_ENDED');
    expect(await count('ada')).toBe(1);
  });

  it('confirms help to every device once, and to who asks again', async () => {
    const phone = await connect(app, 'ada');
    const desk = await connect(app, 'ada');
    phone.send({ type: 'help_request' });
    await phone.until('place', ({ metadata }) => metadata?.status === 'help_requested');
    await desk.until('place', ({ metadata, seq }) => metadata?.status === 'help_requested' && seq === 1);
    phone.send({ type: 'help_request' });
    await phone.until('place again', ({ metadata, seq }) => metadata?.status === 'help_requested' && seq === undefined);
    const { body } = await app.http('root', 'GET', '/admin/sessions?help_requested=true', undefined, ['admin']);
    expect(body.sessions).toMatchObject([{ user_id: 'ada', help_requested: true }]);
  });

  it('renames, shares, revokes and deletes over HTTP, and tells the sockets', async () => {
    const ada = await connect(app, 'ada');
    await say(ada, 'Plan the trip. Then more');
    await answered(ada, 0, 'ok');
    const path = `/sessions/${ada.sessionId()}`;
    expect((await app.http('ada', 'GET', '/sessions')).body.sessions).toMatchObject([{ name: 'Plan the trip.' }]);
    expect((await app.http('ada', 'PATCH', path, { name: 'Trip' })).status).toBe(200);
    await ada.until(
      'renamed',
      ({ metadata, seq }) => metadata?.status === 'renamed' && metadata.name === 'Trip' && seq === 3,
    );
    const { share_token: token } = (await app.http('ada', 'POST', `${path}/share`)).body;
    expect(token).toMatch(/^[0-9a-f]{32,}$/);
    expect((await app.http('ada', 'POST', `${path}/share`)).body.share_token).toBe(token);
    expect((await app.http('bob', 'GET', `/shared/${token}`)).body).toMatchObject({
      name: 'Trip',
      messages: [{ content: 'Plan the trip. Then more' }, { content: 'ok' }],
    });
    await app.http('ada', 'DELETE', `${path}/share`);
    expect((await app.http('bob', 'GET', `/shared/${token}`)).status).toBe(404);
    expect((await app.http('bob', 'DELETE', path)).status).toBe(404);
    expect((await app.http('ada', 'DELETE', path)).status).toBeLessThan(300);
    await ada.until('deleted', ({ metadata }) => metadata?.status === 'deleted');
    expect((await app.http('ada', 'GET', path)).status).toBe(404);
    const ack = await say(ada, 'anew');
    expect(ack).toMatchObject({ seq: 1 });
    expect(ack.session_id).not.toBe(path.split('/').at(-1));
  });
});

describe('sends', () => {
  it('acks the same message id again without a second message or model call, and refuses other content under it', async () => {
    const ada = await connect(app, 'ada');
    const first = await say(ada, 'once');
    const again = await say(ada, 'once');
    expect(again.seq).toBe(first.seq);
    ada.send({ type: 'user_message', content: 'something else', message_id: 'id-once' });
    const error = await ada.until('refusal', isError);
    expect(error).toMatchObject({ error: { code: 'INVALID_FORMAT' }, message_id: 'id-once' });
    await answered(ada, 0, 'ok');
    expect(model.questions).toHaveLength(1);
    const { body } = await app.http('ada', 'GET', `/sessions/${ada.sessionId()}`);
    expect(body.messages).toHaveLength(2);
  });

  it('acks a resend after its session ended there, and does not say it again in the next', async () => {
    const ada = await connect(app, 'ada');
    await say(ada, 'once');
    await answered(ada, 0, 'ok');
    const old = ada.sessionId();
    await app.http('ada', 'POST', `/sessions/${old}/end`);
    const back = await connect(app, 'ada', { query: `?session_id=${old}` });
    const ack = await say(back, 'once');
    expect(ack).toMatchObject({ session_id: old, seq: 1 });
    expect(await count('ada')).toBe(1);
  });

  it('keeps what users write verbatim but for outer white space and NUL (finding R3)', async () => {
    const ada = await connect(app, 'ada');
    const text = '<script>alert("x")</script> & \u202e 👩‍👩‍👧 \\n';
    ada.send({
      type: 'user_message',
      content: `  \u0000${text}\u0000 `,
      message_id: 'v',
      metadata: { n: 1, yes: true },
    });
    await ada.until('ack', isAck);
    const question = await model.question(0);
    expect(question.request.messages.at(-1)?.content).toBe(text);
    const { body } = await app.http('ada', 'GET', `/sessions/${ada.sessionId()}`);
    expect(body.messages).toMatchObject([{ content: text, metadata: { n: '1', yes: 'true' } }]);
  });

  it('counts a user’s messages over all devices and says when to come back', async () => {
    await app.stop();
    model = gatedModel();
    app = await startApp({
      providers: [model.provider],
      settings: (all) => ({ ...all, frames: { messagesPerMinute: 3, actionsPerMinute: 100 } }),
    });
    const phone = await connect(app, 'ada');
    const desk = await connect(app, 'ada');
    await say(phone, '1');
    await say(desk, '2');
    await say(phone, '3');
    desk.send({ type: 'user_message', content: '4', message_id: 'four' });
    const error = await desk.until('refusal', isError);
    expect(error).toMatchObject({ error: { code: 'TOO_MANY_REQUESTS', recoverable: true }, message_id: 'four' });
    expect(error.error?.retry_after).toBeGreaterThan(0);
    const bob = await connect(app, 'bob');
    await say(bob, 'not me');
  });
});

describe('resume', () => {
  it('gives everything missed, in order, then what is being said, then live', async () => {
    const phone = await connect(app, 'ada');
    await say(phone, 'one');
    await answered(phone, 0, 'first');
    const desk = await connect(app, 'ada');
    await say(desk, 'two');
    const question = await model.question(1);
    question.say('sec');
    await desk.until('chunk', ({ content }) => content === 'sec');
    const back = await connect(app, 'ada', { query: `?session_id=${phone.sessionId()}&last_seq=1` });
    await back.until('chunk', ({ content }) => content === 'sec');
    question.say('ond');
    question.end();
    await back.until('end', ({ seq }) => seq === 4);
    expect(back.frames.map(({ type, seq, content }) => [type, seq, content])).toEqual([
      ['connection_status', undefined, undefined],
      ['ai_response', 2, 'first'],
      ['user_message', 3, 'two'],
      ['loading', undefined, undefined],
      ['ai_response', undefined, 'sec'],
      ['ai_response', undefined, 'ond'],
      ['ai_response', 4, undefined],
    ]);
  });

  it('goes on in mid-sentence from the index that the client has', async () => {
    const phone = await connect(app, 'ada');
    await say(phone, 'one');
    const question = await model.question(0);
    question.say('abcdef');
    const chunk = await phone.until('chunk', ({ content }) => content === 'abcdef');
    const back = await connect(app, 'ada', {
      query: `?session_id=${phone.sessionId()}&last_seq=1&turn_id=${encodeURIComponent(chunk.turn_id ?? '')}&index=4`,
    });
    const rest = await back.until('rest', ({ type }) => type === 'ai_response');
    expect(rest).toMatchObject({ content: 'ef', index: 4 });
    question.end();
    await back.until('end', isDone);
  });

  it('resumes by frame on a living socket', async () => {
    const phone = await connect(app, 'ada');
    await say(phone, 'one');
    await answered(phone, 0, 'first');
    phone.send({ type: 'resume', session_id: phone.sessionId(), metadata: { last_seq: '0' } });
    const status = await phone.until('status', ({ metadata }) => metadata?.status === 'resumed');
    expect(status.metadata).toMatchObject({ last_seq: '2', resumed: 'true' });
    await phone.until('1', ({ seq, type }) => seq === 1 && type === 'user_message');
    await phone.until('2', ({ seq, content }) => seq === 2 && content === 'first');
  });

  it('replays at most 500 entries and says that there is more', async () => {
    const ada = await connect(app, 'ada');
    await say(ada, 'one');
    await answered(ada, 0, 'first');
    for (let seq = 3; seq <= 620; seq += 1) {
      await app.store.append(ada.sessionId(), seq, { at: Date.now(), kind: 'rename', name: `name ${seq}` });
    }
    ada.close();
    await ada.closed;
    const back = await connect(app, 'ada', { query: `?session_id=${ada.sessionId()}&last_seq=0` });
    const more = await back.until('truncated', ({ metadata }) => metadata?.truncated === 'true');
    expect(more.metadata).toMatchObject({ through: '500', last_seq: '620' });
    const seqs = back.frames.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
    expect(seqs).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
    await say(back, 'live');
  });

  it('finds an entry whose ring was lost, by comparing heads', async () => {
    await app.stop();
    app = await startApp({
      providers: [model.provider],
      settings: (all) => ({ ...all, chat: { ...all.chat, isSoleReplica: false } }),
    });
    const ada = await connect(app, 'ada');
    await say(ada, 'one');
    await answered(ada, 0, 'first');
    await app.store.append(ada.sessionId(), 3, { at: Date.now(), kind: 'rename', name: 'from elsewhere' });
    const renamed = await eventually(() => ada.frames.find(({ seq }) => seq === 3), { timeoutMs: 4_000 });
    expect(renamed.metadata).toMatchObject({ status: 'renamed', name: 'from elsewhere' });
  });
});

describe.each(stores.map((store) => [store.name, store] as const))('on %s', (_, store) => {
  beforeEach(async () => {
    await app.stop();
    app = await store.start({ providers: [model.provider] });
  });

  it('R20: a device that connected before the first message sees the conversation live', async () => {
    const phone = await connect(app, 'ada');
    const desk = await connect(app, 'ada');
    expect(desk.sessionId()).toBe(phone.sessionId());
    await say(phone, 'hi');
    const echo = await desk.until('echo', ({ type }) => type === 'user_message');
    expect(echo).toMatchObject({ content: 'hi', seq: 1, sender: 'user', user_id: 'ada', message_id: 'id-hi' });
    await answered(desk, 0, 'hello');
    await phone.until('the same answer', isDone);
    expect(phone.frames.some(({ type }) => type === 'user_message')).toBe(false);
  });

  it('R19: ends typing dots of an older client while a person holds the session, and keeps the model silent', async () => {
    const ada = await connect(app, 'ada');
    await say(ada, 'first');
    await answered(ada, 0, 'ok');
    const holder = { kind: 'admin' as const, id: 'root', name: 'Root' };
    await app.store.append(ada.sessionId(), 3, {
      at: Date.now(),
      kind: 'floor',
      holder,
      previous: { kind: 'ai' },
      epoch: 1,
    });
    ada.send({ type: 'user_message', content: 'for the person' });
    const joined = await ada.until('join', ({ type }) => type === 'admin_join');
    expect(joined).toMatchObject({ seq: 3, metadata: { admin_id: 'root', admin_name: 'Root' } });
    await ada.until(
      'no answer',
      ({ type, metadata, seq }) => type === 'ai_response' && metadata?.done === 'true' && seq === undefined,
    );
    expect(model.questions).toHaveLength(1);
    await app.store.append(ada.sessionId(), 5, {
      at: Date.now(),
      kind: 'floor',
      holder: { kind: 'ai' },
      previous: holder,
      epoch: 2,
    });
    await say(ada, 'model?');
    const question = await model.question(1);
    expect(question.request.messages.slice(3).map(({ role, content }) => [role, content])).toEqual([
      ['user', 'for the person'],
      ['system', expect.stringContaining('Root')],
      ['user', 'model?'],
    ]);
    question.say('yes');
    question.end();
    await ada.until('answer', isDone);
  });
});
