// Station: test/integration. The client against the real server: what it sends once is stored once, and what breaks off goes on.
import { createServer, connect as dial, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ChatClient } from '../../src/client/chat-client.js';
import type { ChatClientOptions } from '../../src/client/options.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { appStores } from '../helpers/app-stores.js';
import { type GatedModel, gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { noJitter } from '../unit/client/wire.js';

const stores = await appStores();

let app: TestApp;
let model: GatedModel;
const cleanups: (() => void)[] = [];

beforeEach(async () => {
  model = gatedModel(['one', 'two']);
  app = await startApp({ providers: [model.provider] });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  await app.stop();
});

async function clientOf(userId: string, options: Partial<ChatClientOptions> = {}): Promise<ChatClient> {
  const client = new ChatClient({
    server: app.httpUrl,
    token: await app.token(userId),
    WebSocket,
    random: noJitter,
    ...options,
  });
  cleanups.push(() => client.close());
  client.connect();
  await isOpen(client);
  return client;
}

const isOpen = (client: ChatClient) => eventually(() => client.snapshot.connection.kind === 'open');
const texts = (client: ChatClient) =>
  client.snapshot.timeline.flatMap((entry) => (entry.kind === 'message' ? [entry.content] : []));

/** A TCP relay in front of the server whose connections the test cuts, at a byte if it likes. */
async function relay() {
  const sockets = new Set<Socket>();
  const state = { dropsAnswers: false };
  const target = new URL(app.httpUrl);
  const server = createServer((inner) => {
    const outer = dial(Number(target.port), target.hostname);
    sockets.add(inner).add(outer);
    inner.on('data', (part) => outer.write(part));
    outer.on('data', (part) => void (state.dropsAnswers || inner.write(part)));
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  cleanups.push(() => {
    cut();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { state, cut, url: `http://127.0.0.1:${port}${target.pathname}` };
}

describe('a conversation through the client', () => {
  it('is acked, streamed and stored', async () => {
    const client = await clientOf('ada');
    const sent = await client.send('hello');
    expect(sent.seq).toBe(1);
    const question = await model.question(0);
    await eventually(() => client.snapshot.answer?.text === '');
    question.say('Hi ');
    question.say('Ada');
    await eventually(() => client.snapshot.answer?.text === 'Hi Ada');
    question.end();
    await eventually(() => client.snapshot.lastSeq === 2);
    expect(texts(client)).toEqual(['hello', 'Hi Ada']);
    const page = await client.history(sent.sessionId);
    expect(page.messages.map(({ content, end }) => [content, end])).toEqual([
      ['hello', null],
      ['Hi Ada', 'complete'],
    ]);
    await eventually(async () => {
      const { sessions } = await client.listSessions();
      expect(sessions).toMatchObject([{ id: sent.sessionId, isActive: true, messageCount: 2 }]);
      return true;
    });
  });

  it('goes on in the middle of an answer after its socket was destroyed', async () => {
    const line = await relay();
    const client = await clientOf('ada', { server: line.url });
    await client.send('hello');
    const question = await model.question(0);
    question.say('one ');
    await eventually(() => client.snapshot.answer?.text === 'one ');
    line.cut();
    await eventually(() => client.snapshot.connection.kind !== 'open');
    question.say('two ');
    await isOpen(client);
    question.say('three');
    await eventually(() => client.snapshot.answer?.text === 'one two three');
    question.end();
    await eventually(() => client.snapshot.lastSeq === 2);
    expect(texts(client)).toEqual(['hello', 'one two three']);
    expect(model.questions).toHaveLength(1);
  });

  it('hears of an answer that ended while it was away', async () => {
    const line = await relay();
    const client = await clientOf('ada', { server: line.url });
    await client.send('hello');
    const question = await model.question(0);
    line.cut();
    question.say('all of it');
    question.end();
    await eventually(() => client.snapshot.lastSeq === 2);
    expect(client.snapshot).toMatchObject({ answer: null });
    expect(texts(client)).toEqual(['hello', 'all of it']);
  });

  it('stores a message once although its ack was lost and it went out again', async () => {
    const line = await relay();
    const client = await clientOf('ada', { server: line.url });
    line.state.dropsAnswers = true;
    const sending = client.send('hello');
    const question = await model.question(0);
    line.cut();
    line.state.dropsAnswers = false;
    const sent = await sending;
    question.say('once');
    question.end();
    await eventually(() => client.snapshot.lastSeq === 2);
    expect(texts(client)).toEqual(['hello', 'once']);
    expect(model.questions).toHaveLength(1);
    expect(await client.send('hello', { messageId: sent.messageId })).toMatchObject({ seq: 1 });
    expect((await client.history(sent.sessionId)).messages).toHaveLength(2);
  });

  it('of a new session stays in it although the connection broke before its first ack', async () => {
    const first = await clientOf('ada');
    const old = await first.send('in the old one');
    const line = await relay();
    const client = await clientOf('ada', { server: line.url, startNew: true });
    line.state.dropsAnswers = true;
    const sending = client.send('in the new one');
    await model.question(1);
    line.cut();
    line.state.dropsAnswers = false;
    const sent = await sending;
    expect(sent.sessionId).not.toBe(old.sessionId);
    expect((await client.listSessions()).sessions).toHaveLength(2);
    expect((await client.history(sent.sessionId)).messages.map(({ content }) => content)).toEqual(['in the new one']);
  });

  it('can be stopped, retried, and given another model', async () => {
    const client = await clientOf('ada');
    await client.send('hello');
    const question = await model.question(0);
    question.say('never mi');
    await eventually(() => client.snapshot.answer?.text === 'never mi');
    expect(client.cancel()).toBe(true);
    await eventually(() => client.snapshot.answer === null);
    expect(question.isAborted).toBe(true);
    expect(client.snapshot.endedTurns).toMatchObject([{ end: 'cancelled' }]);
    client.selectModel('two');
    await eventually(() => client.snapshot.modelId === 'two');
    client.retry();
    const second = await model.question(1);
    expect(second.request.modelId).toBe('two');
    second.say('whole');
    second.end();
    await eventually(() => texts(client).includes('whole'));
  });

  it('moves between sessions, reading older pages over HTTP', async () => {
    const client = await clientOf('ada');
    const first = await client.send('first session');
    const question = await model.question(0);
    question.say('ok');
    question.end();
    await eventually(() => client.snapshot.lastSeq === 2);
    client.newSession();
    await isOpen(client);
    const second = await client.send('second session');
    expect(second.sessionId).not.toBe(first.sessionId);
    expect(texts(client)).toEqual(['second session']);
    client.openSession(first.sessionId);
    await isOpen(client);
    expect(client.snapshot).toMatchObject({ sessionId: first.sessionId, lastSeq: 2, hasOlder: true, timeline: [] });
    await client.loadOlder();
    expect(texts(client)).toEqual(['first session', 'ok']);
  });

  it('reads over HTTP what a resume of more than 500 entries leaves out', async () => {
    const away = await clientOf('ada');
    const { sessionId } = await away.send('begin');
    away.close();
    const busy = await clientOf('ada');
    for (let at = 0; at < 52; at += 1) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => busy.send(`m${at * 10 + n}`)));
    }
    await eventually(() => busy.snapshot.lastSeq === 521);
    away.connect();
    await eventually(() => away.snapshot.timeline.length === 521, { timeoutMs: 10_000 });
    expect(away.snapshot).toMatchObject({ sessionId, lastSeq: 521 });
    expect(away.snapshot.timeline.map(({ seq }) => seq)).toEqual(Array.from({ length: 521 }, (_, at) => at + 1));
  });
});

describe('a token that the real server does not take', () => {
  it.each([
    ['none', 'not.a.token'],
    ['an expired one', null],
  ])('ends it with its reason: %s', async (_, given) => {
    const token = given ?? (await app.token('ada', { ttlMs: -60_000 }));
    const client = new ChatClient({ server: app.httpUrl, token, WebSocket, random: noJitter });
    cleanups.push(() => client.close());
    client.connect();
    await eventually(() => client.snapshot.connection.kind === 'stopped');
    expect(client.snapshot.connection).toMatchObject({ reason: 'unauthorized' });
    expect(JSON.stringify(client.snapshot)).not.toContain(token);
  });

  it('is replaced in time when it expires during the connection', async () => {
    let asked = 0;
    const client = await clientOf('ada', {
      token: async () => {
        asked += 1;
        return await app.token('ada', { ttlMs: asked === 1 ? 5_000 : 3_600_000 });
      },
    });
    await eventually(() => asked >= 2, { timeoutMs: 10_000, what: 'the warning' });
    expect(client.snapshot.connection.kind).toBe('open');
    await client.send('still here');
  });
});

describe.each(stores.map((store) => [store.name, store] as const))('a conversation on %s', (_, store) => {
  beforeEach(async () => {
    await app.stop();
    app = await store.start({ providers: [model.provider] });
  });

  it('R20: is the same on two devices of one user, in the same order', async () => {
    const phone = await clientOf('ada');
    const desk = await clientOf('ada');
    await phone.send('from the phone');
    (await model.question(0)).say('answer');
    await eventually(() => desk.snapshot.answer?.text === 'answer');
    (await model.question(0)).end();
    await eventually(() => desk.snapshot.lastSeq === 2);
    await desk.send('from the desk');
    (await model.question(1)).say('again');
    (await model.question(1)).end();
    await eventually(() => phone.snapshot.lastSeq === 4 && desk.snapshot.lastSeq === 4);
    const said = ['from the phone', 'answer', 'from the desk', 'again'];
    expect([texts(phone), texts(desk)]).toEqual([said, said]);
  });
});
