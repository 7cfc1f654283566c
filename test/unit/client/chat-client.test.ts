// Station: test/unit/client. The client against a server of which the test writes every frame.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChatClient } from '../../../src/client/chat-client.js';
import type { ChatClientOptions } from '../../../src/client/options.js';
import { uuidv7 } from '../../../src/common/random.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { eventually } from '../../helpers/poll.js';
import { type ScriptedServer, startScriptedServer } from '../../helpers/scripted-server.js';
import { answered, chunk, clientOf, connected, frame, noJitter, said } from './wire.js';

let server: ScriptedServer;
const clients: ChatClient[] = [];

beforeEach(async () => {
  server = await startScriptedServer();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.close();
});

function make(options: Partial<ChatClientOptions> = {}): ChatClient {
  const client = clientOf(server, options);
  clients.push(client);
  return client;
}

/** A client whose first connection stands at the head of its session. */
async function open(options: Partial<ChatClientOptions> = {}, head = 0) {
  const client = make(options);
  client.connect();
  const connection = await server.connection(1);
  connection.say(connected(head));
  await isOpen(client);
  return { client, connection };
}

const isOpen = (client: ChatClient) => eventually(() => client.snapshot.connection.kind === 'open');
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('connecting', () => {
  it('offers the token as a subprotocol, never in the URL', async () => {
    const { connection } = await open();
    expect(connection.protocols).toEqual(['chatbox.v1', 'bearer.a.b.c']);
    expect([...connection.query.keys()]).toEqual([]);
  });

  it('is open with the first connection_status, and tells every listener once', async () => {
    const client = make();
    const kinds: string[] = [];
    client.subscribe(({ connection }) => kinds.push(connection.kind));
    client.connect();
    client.connect();
    (await server.connection(1)).say(connected(3));
    await isOpen(client);
    expect(kinds[0]).toBe('connecting');
    expect(client.snapshot).toMatchObject({ sessionId: 'session-1', lastSeq: 3 });
    expect(server.connections).toHaveLength(1);
  });

  it('gives frames to whoever listens until they leave', async () => {
    const { client, connection } = await open();
    const types: string[] = [];
    const leave = client.onFrame(({ type }) => types.push(type));
    connection.say(said(1, 'a'));
    await eventually(() => types.length === 1);
    leave();
    connection.say(said(2, 'b'));
    connection.sayRaw('not json');
    await eventually(() => client.snapshot.lastSeq === 2);
    expect(types).toEqual(['user_message']);
  });

  it('comes back after the connection was cut, and asks for what it missed', async () => {
    const { client, connection } = await open();
    connection.say(said(1, 'a'));
    connection.say(frame('loading', { turn_id: 't1' }));
    connection.say(chunk('t1', 0, 'Hel'));
    await eventually(() => client.snapshot.answer?.text === 'Hel');
    connection.cut();
    const second = await server.connection(2);
    expect(Object.fromEntries(second.query)).toEqual({
      session_id: 'session-1',
      last_seq: '1',
      turn_id: 't1',
      index: '3',
    });
    second.say(connected(1, { resumed: 'true', turn_id: 't1' }));
    second.say(chunk('t1', 3, 'lo'));
    second.say(answered('t1', 2, 5));
    await eventually(() => client.snapshot.lastSeq === 2);
    expect(client.snapshot.timeline.at(-1)).toMatchObject({ content: 'Hello', isPartial: false });
  });

  it('gives up a socket that opens and says nothing', async () => {
    const client = make({ settings: { connectTimeoutMs: 40 } });
    client.connect();
    await server.connection(1);
    (await server.connection(2)).say(connected(0));
    await isOpen(client);
  });

  it('pings a silent link and drops it when nothing comes back', async () => {
    const { client, connection } = await open({ settings: { pingAfterMs: 30, pongWithinMs: 60 } });
    await connection.heard('ping');
    connection.say(frame('pong'));
    await connection.heard('ping', 2);
    (await server.connection(2)).say(connected(0, { resumed: 'true' }));
    await isOpen(client);
  });

  it('waits as long as a draining server said', async () => {
    const clock = createFakeClock();
    const client = make({ clock });
    client.connect();
    const connection = await server.connection(1);
    connection.say(connected(0));
    await isOpen(client);
    connection.say(frame('connection_status', { metadata: { status: 'draining', retry_after: '5000' } }));
    await eventually(() => client.snapshot.connection.kind === 'open' && client.snapshot.connection.isDraining);
    connection.close(1012);
    const waiting = await eventually(() =>
      client.snapshot.connection.kind === 'waiting' ? client.snapshot.connection : null,
    );
    expect(waiting.retryAtMs - clock.now()).toBe(5_000);
    clock.advance(4_999);
    expect(client.snapshot.connection.kind).toBe('waiting');
    clock.advance(1);
    await server.connection(2);
  });

  it('starts the backoff anew only after a link that lived', async () => {
    const attempts: number[] = [];
    const clock = createFakeClock();
    const client = make({ clock, random: { ...noJitter, fraction: () => 1 } });
    client.subscribe(({ connection }) => {
      if (connection.kind === 'waiting' && !attempts.includes(connection.attempt)) attempts.push(connection.attempt);
    });
    const waitingMs = () => {
      const { connection } = client.snapshot;
      return connection.kind === 'waiting' ? connection.retryAtMs - clock.now() : null;
    };
    client.connect();
    for (const [nth, delayMs] of [
      [1, 500],
      [2, 1_000],
      [3, 2_000],
    ] as const) {
      const connection = await server.connection(nth);
      connection.say(connected(0));
      await isOpen(client);
      connection.close(1012);
      expect(await eventually(waitingMs)).toBe(delayMs);
      clock.advance(delayMs);
    }
    const last = await server.connection(4);
    last.say(connected(0));
    await isOpen(client);
    clock.advance(10_000);
    last.close(1012);
    expect(await eventually(waitingMs)).toBe(500);
    client.connect();
    await server.connection(5);
  });

  it.each([4503, 1008])('stays away after a close with %i and says so to what waits', async (code) => {
    const { client, connection } = await open();
    const sent = failure(client.send('hello'));
    await connection.heard('user_message');
    connection.close(code);
    expect(await sent).toMatchObject({ code: 'stopped' });
    expect(client.snapshot.connection).toMatchObject({ kind: 'stopped', reason: 'forbidden' });
    expect(await failure(client.send('more'))).toMatchObject({ code: 'stopped' });
    expect(client.snapshot.pending).toMatchObject([{ content: 'hello', status: 'failed' }]);
  });

  it('closes for good, and connects again when told', async () => {
    const { client, connection } = await open();
    client.close();
    await eventually(() => connection.isClosed);
    expect(client.snapshot.connection).toMatchObject({ kind: 'stopped', reason: 'closed' });
    client.connect();
    await server.connection(2);
  });
});

describe('a token', () => {
  it('that expired is replaced by a fresh one', async () => {
    const tokens = ['a.b.old', 'a.b.new'];
    const { connection } = await open({ token: async () => tokens.shift() ?? 'a.b.new' });
    expect(connection.protocols[1]).toBe('bearer.a.b.old');
    connection.close(4401);
    expect((await server.connection(2)).protocols[1]).toBe('bearer.a.b.new');
  });

  it('that expired and is the only one is the end', async () => {
    const { client, connection } = await open();
    connection.close(4401);
    const stopped = await eventually(() =>
      client.snapshot.connection.kind === 'stopped' ? client.snapshot.connection : null,
    );
    expect(stopped).toMatchObject({ reason: 'unauthorized', message: 'The token expired.' });
    expect(server.connections).toHaveLength(1);
  });

  it('is refreshed on the link when the server warns and there is another', async () => {
    let token = 'a.b.1';
    const { client, connection } = await open({ token: () => token });
    const expiring = frame('connection_status', { metadata: { status: 'token_expiring' } });
    connection.say(expiring);
    token = 'a.b.2';
    connection.say(expiring);
    expect(await connection.heard('token_refresh')).toMatchObject({ metadata: { token: 'a.b.2' } });
    connection.say(expiring);
    connection.say(said(1, 'x'));
    await eventually(() => client.snapshot.lastSeq === 1);
    expect(connection.received.filter(({ type }) => type === 'token_refresh').length).toBeLessThanOrEqual(2);
  });

  it('that can not be had is asked for again', async () => {
    let asked = 0;
    const token = () => {
      asked += 1;
      if (asked < 3) throw new Error('the key is in the drawer');
      return 'a.b.c';
    };
    const { client } = await open({ token });
    expect(asked).toBe(3);
    expect(client.snapshot.connection.kind).toBe('open');
  });

  it('that no socket can carry goes nowhere, not even into the reason', async () => {
    const client = make({ token: 'a b\u0000secret' });
    client.connect();
    const stopped = await eventually(() =>
      client.snapshot.connection.kind === 'stopped' ? client.snapshot.connection : null,
    );
    expect(stopped.reason).toBe('rejected');
    expect(JSON.stringify(stopped)).not.toContain('secret');
  });
});

describe('a refused upgrade', () => {
  it('with 401 is the end, with the reason that HTTP gives', async () => {
    server.refuseUpgrades({ status: 401 });
    server.answerHttp(() => ({ status: 401, body: { error: 'the token is not valid', code: 'INVALID_TOKEN' } }));
    const client = make();
    client.connect();
    await eventually(() => client.snapshot.connection.kind === 'stopped');
    expect(client.snapshot.connection).toMatchObject({ reason: 'unauthorized', message: 'the token is not valid' });
    expect(server.requests).toEqual([{ path: '/ws', authorization: 'Bearer a.b.c' }]);
  });

  it('with 403 is the end', async () => {
    server.refuseUpgrades({ status: 403 });
    server.answerHttp(() => ({ status: 403, body: { error: 'origin not allowed' } }));
    const client = make();
    client.connect();
    await eventually(() => client.snapshot.connection.kind === 'stopped');
    expect(client.snapshot.connection).toMatchObject({ reason: 'forbidden', message: 'origin not allowed' });
  });

  it('with 503 is tried again after Retry-After', async () => {
    const clock = createFakeClock();
    server.refuseUpgrades({ status: 503 });
    server.answerHttp(() => ({ status: 503, body: { error: 'draining' }, headers: { 'retry-after': '7' } }));
    const client = make({ clock });
    client.connect();
    const waiting = await eventually(() =>
      client.snapshot.connection.kind === 'waiting' ? client.snapshot.connection : null,
    );
    expect(waiting).toMatchObject({ why: 'draining', attempt: 1 });
    expect(waiting.retryAtMs - clock.now()).toBe(7_000);
    server.refuseUpgrades(null);
    clock.advance(7_000);
    (await server.connection(1)).say(connected(0));
    await isOpen(client);
  });
});

describe('sending', () => {
  it('resolves with the place in the log when it is acked', async () => {
    const { client, connection } = await open();
    const sent = client.send('  hello ', { modelId: 'echo' });
    expect(client.snapshot.pending).toMatchObject([{ content: 'hello', status: 'sending' }]);
    const heard = await connection.heard('user_message');
    expect(heard).toMatchObject({ content: 'hello', model_id: 'echo', session_id: 'session-1' });
    expect(heard.message_id).toMatch(/^[0-9a-f-]{36}$/);
    connection.say(frame('message_ack', { message_id: String(heard.message_id), seq: 1 }));
    expect(await sent).toMatchObject({ messageId: heard.message_id, seq: 1, sessionId: 'session-1' });
    expect(client.snapshot).toMatchObject({ pending: [], timeline: [{ content: 'hello', seq: 1, sender: 'user' }] });
  });

  it('before there is a connection waits for it', async () => {
    const client = make();
    const sent = client.send('early');
    client.connect();
    const connection = await server.connection(1);
    connection.say(connected(0));
    const { message_id } = await connection.heard('user_message');
    connection.say(frame('message_ack', { message_id: String(message_id), seq: 1 }));
    expect(await sent).toMatchObject({ seq: 1 });
  });

  it('goes out again with the same id and the same session on every new socket, until it is acked', async () => {
    const { client, connection } = await open();
    const sent = client.send('hello');
    const first = await connection.heard('user_message');
    connection.cut();
    const second = await server.connection(2);
    second.say(connected(0, { resumed: 'true' }));
    expect(await second.heard('user_message')).toEqual(first);
    second.cut();
    const third = await server.connection(3);
    third.say(connected(1, { resumed: 'true' }));
    third.say(said(1, 'hello', { message_id: String(first.message_id) }));
    expect(await sent).toMatchObject({ seq: 1 });
    expect(client.snapshot.timeline).toHaveLength(1);
  });

  it('is not repeated on a link that begins to drain', async () => {
    const { client, connection } = await open();
    void failure(client.send('hello'));
    await connection.heard('user_message');
    connection.say(frame('connection_status', { metadata: { status: 'draining', retry_after: '10' } }));
    await eventually(() => client.snapshot.connection.kind === 'open' && client.snapshot.connection.isDraining);
    connection.say(said(1, 'other'));
    await eventually(() => client.snapshot.lastSeq === 1);
    expect(connection.received.filter(({ type }) => type === 'user_message')).toHaveLength(1);
  });

  it('rejects with the error of the server, and can be tried again with its id', async () => {
    const { client, connection } = await open();
    const sent = failure(client.send('hello', { modelId: 'echo' }));
    const { message_id } = await connection.heard('user_message');
    const error = { code: 'DATABASE_ERROR', message: 'away', recoverable: true, retry_after: 2_000 };
    connection.say(frame('error', { message_id: String(message_id), error }));
    expect(await sent).toMatchObject({
      name: 'ChatError',
      code: 'DATABASE_ERROR',
      message: 'away',
      retryAfterMs: 2_000,
    });
    expect(client.snapshot.pending).toMatchObject([{ status: 'failed', error: 'away' }]);
    const again = client.sendAgain(String(message_id));
    expect(await connection.heard('user_message', 2)).toMatchObject({ message_id, content: 'hello', model_id: 'echo' });
    connection.say(frame('message_ack', { message_id: String(message_id), seq: 1 }));
    await again;
    expect(await failure(client.sendAgain('unknown'))).toMatchObject({ code: 'invalid' });
  });

  it('gives up at its deadline, keeps what failed until it is discarded, and takes a late ack', async () => {
    const clock = createFakeClock();
    const client = make({ clock });
    const one = failure(client.send('one', { messageId: uuidv7(1, noJitter) }));
    const two = failure(client.send('two', { messageId: 'two' }));
    clock.advance(60_000);
    expect(await one).toMatchObject({ code: 'deadline' });
    expect(await two).toMatchObject({ code: 'deadline' });
    expect(client.snapshot.pending.map(({ status }) => status)).toEqual(['failed', 'failed']);
    client.discard('two');
    expect(client.snapshot.pending).toHaveLength(1);
    client.connect();
    const connection = await server.connection(1);
    connection.say(connected(0));
    connection.say(frame('message_ack', { message_id: client.snapshot.pending[0]?.messageId ?? '', seq: 1 }));
    await eventually(() => client.snapshot.pending.length === 0);
    expect(client.snapshot.timeline).toMatchObject([{ content: 'one' }]);
  });

  it('refuses nothing, too much, and more than may wait', async () => {
    const client = make({ settings: { maxPending: 2 } });
    expect(await failure(client.send(' \n '))).toMatchObject({ code: 'invalid' });
    expect(await failure(client.send('😀'.repeat(10_001)))).toMatchObject({ code: 'invalid' });
    const waiting = [failure(client.send('😀'.repeat(10_000))), failure(client.send('b'))];
    expect(await failure(client.send('c'))).toMatchObject({ code: 'queue_full' });
    client.close();
    expect(await Promise.all(waiting)).toMatchObject([{ code: 'stopped' }, { code: 'stopped' }]);
  });
});

describe('a hole in what came', () => {
  it('is asked for once, and closed by what the server sends', async () => {
    const { client, connection } = await open();
    connection.say(said(1, 'a'));
    connection.say(said(3, 'c'));
    connection.say(said(4, 'd'));
    expect(await connection.heard('resume')).toEqual({
      type: 'resume',
      session_id: 'session-1',
      metadata: { last_seq: '1' },
    });
    for (const [seq, text] of [
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
    ] as const)
      connection.say(said(seq, text));
    await eventually(() => client.snapshot.lastSeq === 4);
    expect(client.snapshot.timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(connection.received.filter(({ type }) => type === 'resume')).toHaveLength(1);
  });

  it('is not waited for any more when the connection broke meanwhile', async () => {
    const clock = createFakeClock();
    const client = make({ clock });
    client.connect();
    const connection = await server.connection(1);
    connection.say(connected(0));
    await isOpen(client);
    connection.say(said(3, 'c'));
    await connection.heard('resume');
    connection.cut();
    await eventually(() => client.snapshot.connection.kind === 'waiting');
    clock.advance(1);
    const second = await server.connection(2);
    second.say(connected(0, { resumed: 'true' }));
    await isOpen(client);
    clock.advance(10_000);
    expect(client.snapshot.connection.kind).toBe('open');
  });

  it('in an answer is asked for from where the client has it', async () => {
    const { client, connection } = await open();
    connection.say(chunk('t1', 0, 'Hel'));
    connection.say(chunk('t1', 9, 'x'));
    expect(await connection.heard('resume')).toMatchObject({ metadata: { last_seq: '0', turn_id: 't1', index: '3' } });
    connection.say(chunk('t1', 3, 'lo, wox'));
    await eventually(() => client.snapshot.answer?.text === 'Hello, wox');
  });

  it('that the server does not close leads to a new connection, and then the jump is taken', async () => {
    const { client, connection } = await open({ settings: { resumeTimeoutMs: 30 } });
    connection.say(said(3, 'c'));
    await connection.heard('resume');
    const second = await server.connection(2);
    second.say(connected(3, { resumed: 'true' }));
    second.say(said(3, 'c'));
    await eventually(() => client.snapshot.lastSeq === 3);
  });

  it('that is too big to replay is read over HTTP, page by page', async () => {
    const { client, connection } = await open();
    connection.say(said(1, 'a'));
    server.answerHttp((path) => {
      const before = new URL(path, 'http://x').searchParams.get('before');
      const row = (seq: number) => ({ seq, content: `n${seq}`, sender: 'user', timestamp: 'x', message_id: `m${seq}` });
      if (path.startsWith('/sessions/session-1') && before === null)
        return { status: 200, body: { messages: [row(4), row(5)], truncated: true } };
      return before === '4' ? { status: 200, body: { messages: [row(1), row(2), row(3)], truncated: false } } : null;
    });
    connection.say(
      frame('connection_status', { metadata: { status: 'resumed', truncated: 'true', through: '1', last_seq: '5' } }),
    );
    connection.say(said(6, 'f'));
    await eventually(() => client.snapshot.timeline.length === 6);
    expect(client.snapshot.timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('at the end of an answer is filled over HTTP; when that fails the line stays marked', async () => {
    const { client, connection } = await open();
    const row = {
      seq: 1,
      content: 'Hello',
      sender: 'ai',
      timestamp: 'x',
      message_id: 't1',
      metadata: { end: 'complete' },
    };
    connection.say(answered('t1', 1, 5));
    await eventually(() => server.requests.length === 1);
    await eventually(() => client.snapshot.timeline.length === 1);
    expect(client.snapshot.timeline).toMatchObject([{ isPartial: true }]);
    server.answerHttp(() => ({ status: 200, body: { messages: [row] } }));
    connection.say(answered('t1', 1, 5));
    await eventually(() => client.snapshot.timeline[0]?.kind === 'message' && !client.snapshot.timeline[0].isPartial);
    expect(client.snapshot.timeline).toMatchObject([{ content: 'Hello' }]);
  });
});

describe('sessions', () => {
  it('as asked for are named in the query', async () => {
    make({ sessionId: 's9', lastSeq: 4 }).connect();
    expect(Object.fromEntries((await server.connection(1)).query)).toEqual({ session_id: 's9', last_seq: '4' });
    make({ startNew: true }).connect();
    expect(Object.fromEntries((await server.connection(2)).query)).toEqual({ new: '1' });
  });

  it('that are new are asked for as new until something is stored', async () => {
    const client = make({ startNew: true });
    client.connect();
    const first = await server.connection(1);
    first.say(connected(0));
    await isOpen(client);
    first.cut();
    const second = await server.connection(2);
    expect(Object.fromEntries(second.query)).toEqual({ new: '1' });
    second.say(connected(0));
    second.say(said(1, 'a'));
    await eventually(() => client.snapshot.lastSeq === 1);
    second.cut();
    expect(Object.fromEntries((await server.connection(3)).query)).toEqual({ session_id: 'session-1', last_seq: '1' });
  });

  it('are left for a new one or another; what waits is told', async () => {
    const { client, connection } = await open();
    connection.say(said(1, 'old'));
    await eventually(() => client.snapshot.lastSeq === 1);
    const sent = failure(client.send('hello'));
    client.newSession();
    expect(await sent).toMatchObject({ code: 'session_changed' });
    expect(client.snapshot).toMatchObject({ sessionId: null, timeline: [], pending: [] });
    expect(Object.fromEntries((await server.connection(2)).query)).toEqual({ new: '1' });
    client.openSession('s7', 12);
    expect(Object.fromEntries((await server.connection(3)).query)).toEqual({ session_id: 's7', last_seq: '12' });
  });

  it('are read over HTTP with the token, older pages first asked from what is there', async () => {
    server.answerHttp((path) => {
      const before = Number(new URL(path, 'http://x').searchParams.get('before') ?? '5');
      if (path.startsWith('/sessions?') || path === '/sessions')
        return { status: 200, body: { sessions: [{ id: 'session-1', name: 'One' }] } };
      const row = (seq: number) => ({ seq, content: `n${seq}`, sender: 'user', timestamp: 'x' });
      return {
        status: 200,
        body: { name: 'One', messages: [row(before - 2), row(before - 1)], truncated: before > 3 },
      };
    });
    const { client } = await open({}, 4);
    expect(client.snapshot.hasOlder).toBe(true);
    expect(await client.loadOlder()).toBe(2);
    expect(await client.loadOlder(2)).toBe(2);
    expect(client.snapshot.timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(client.snapshot).toMatchObject({ hasOlder: false, sessionName: 'One' });
    expect((await client.listSessions()).sessions).toMatchObject([{ id: 'session-1' }]);
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer a.b.c']));
    expect(await make().loadOlder()).toBe(0);
  });

  it('are not asked for where the timeline is full: they would be dropped again, for ever', async () => {
    server.answerHttp((path) => {
      const before = Number(new URL(path, 'http://x').searchParams.get('before') ?? '101');
      const row = (seq: number) => ({ seq, content: `n${seq}`, sender: 'user', timestamp: 'x' });
      return { status: 200, body: { name: 'One', messages: [row(before - 2), row(before - 1)], truncated: true } };
    });
    const { client, connection } = await open({ settings: { maxTimeline: 5 } }, 100);
    await client.loadOlder();
    await client.loadOlder();
    expect(client.snapshot.hasOlder).toBe(true);
    await client.loadOlder();
    expect(client.snapshot.timeline.map(({ seq }) => seq)).toEqual([96, 97, 98, 99, 100]);
    expect(client.snapshot.hasOlder).toBe(false);
    const asked = server.requests.length;
    expect(await client.loadOlder()).toBe(0);
    expect(server.requests).toHaveLength(asked);
    connection.say(said(101, 'new'));
    await eventually(() => client.snapshot.lastSeq === 101);
    expect(client.snapshot.timeline.map(({ seq }) => seq)).toEqual([97, 98, 99, 100, 101]);
    expect(client.snapshot.hasOlder).toBe(false);
  });

  it('are not asked for either where what was said since has filled the timeline', async () => {
    const { client, connection } = await open({ settings: { maxTimeline: 3 } }, 4);
    for (const seq of [5, 6, 7]) connection.say(said(seq, 'new'));
    await eventually(() => client.snapshot.lastSeq === 7);
    expect(client.snapshot.hasOlder).toBe(true);
    expect(await client.loadOlder()).toBe(0);
    expect([client.snapshot.hasOlder, server.requests.length]).toEqual([false, 0]);
  });
});

describe('what a user may ask for', () => {
  it('goes out with the session that the client is in', async () => {
    const { client, connection } = await open();
    expect(client.cancel()).toBe(false);
    connection.say(frame('loading', { turn_id: 't1' }));
    await eventually(() => client.snapshot.answer !== null);
    expect([client.cancel(), client.retry(), client.selectModel('big'), client.requestHelp()]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(await connection.heard('cancel')).toEqual({ type: 'cancel', turn_id: 't1', session_id: 'session-1' });
    expect(await connection.heard('model_select')).toMatchObject({ model_id: 'big' });
    await connection.heard('retry');
    await connection.heard('help_request');
  });

  it('does not go out without a connection', () => {
    const client = make();
    expect([client.retry(), client.selectModel('x'), client.requestHelp(), client.typing()]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('says that the user types now and then, not with each key; the other side is forgotten after a while', async () => {
    const clock = createFakeClock();
    const client = make({ clock });
    client.connect();
    const connection = await server.connection(1);
    connection.say(connected(0));
    await isOpen(client);
    expect([client.typing(), client.typing()]).toEqual([true, false]);
    clock.advance(3_000);
    expect(client.typing()).toBe(true);
    connection.say(frame('typing_indicator'));
    await eventually(() => client.snapshot.typingAtMs !== null);
    clock.advance(6_000);
    expect(client.snapshot.typingAtMs).toBeNull();
  });
});
