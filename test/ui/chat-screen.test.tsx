// Station: test/ui. The screen, key by key, with the client on a server of which the test writes every frame.
import { cleanup, render } from 'ink-testing-library';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ChatScreen } from '../../src/cli/ui/chat-screen.js';
import { plainTheme } from '../../src/cli/ui/theme.js';
import { ChatClient } from '../../src/client/chat-client.js';
import { systemClock } from '../../src/common/clock.js';
import { eventually } from '../helpers/poll.js';
import { type ScriptedConnection, type ScriptedServer, startScriptedServer } from '../helpers/scripted-server.js';
import { answered, chunk, connected, frame, noJitter, said } from '../unit/client/wire.js';

let server: ScriptedServer;
let client: ChatClient;
let connection: ScriptedConnection;
let screen: ReturnType<typeof render>;

beforeEach(async () => {
  server = await startScriptedServer();
  client = new ChatClient({ server: server.url, token: 'a.b.c', WebSocket, random: noJitter });
  client.connect();
  connection = await server.connection(1);
  connection.say(connected(0, {}));
  await eventually(() => client.snapshot.connection.kind === 'open');
  screen = render(<ChatScreen client={client} theme={plainTheme} clock={systemClock} />);
  await shows('connected · Echo');
});

afterEach(async () => {
  cleanup();
  client.close();
  await server.close();
});

/** What was printed above the live region, and the live region now. */
const everything = () => screen.frames.join('\n');
/** The library records what is printed above as a frame of its own; the live region is the last one with a status line. */
const live = () => screen.frames.findLast((each) => each.includes('? keys')) ?? '';
const shows = (text: string) => eventually(() => live().includes(text), { what: `the screen to show ${text}` });
const printed = (text: string) => eventually(() => everything().includes(text), { what: `${text} to be printed` });

describe('the screen', () => {
  it('sends what is typed, streams the answer, and prints both when they are done', async () => {
    screen.stdin.write('hello');
    await shows('> hello');
    screen.stdin.write('\r');
    await shows('You: hello (sending…)');
    const { message_id } = await connection.heard('user_message');
    connection.say(frame('message_ack', { message_id: String(message_id), seq: 1 }));
    await printed('You: hello\n');
    connection.say(frame('loading', { turn_id: 't1', model_id: 'echo' }));
    await shows('echo: …');
    connection.say(chunk('t1', 0, 'Hi th'));
    await shows('echo: Hi th');
    connection.say(chunk('t1', 5, 'ere'));
    connection.say(answered('t1', 2, 8, { model_id: 'echo' }));
    await printed('echo: Hi there\n');
    await eventually(() => !live().includes('Hi there'));
    expect(everything().split('You: hello\n')).toHaveLength(2);
  });

  it('stops a running answer with Ctrl-C first, and quits with the second', async () => {
    connection.say(frame('loading', { turn_id: 't1' }));
    await shows('…');
    screen.stdin.write('\u0003');
    expect(await connection.heard('cancel')).toMatchObject({ turn_id: 't1' });
    connection.say(frame('ai_response', { turn_id: 't1', metadata: { done: 'true', end: 'cancelled' } }));
    await eventually(() => client.snapshot.answer === null);
    const before = screen.frames.length;
    screen.stdin.write('\u0003');
    screen.stdin.write('x');
    await eventually(() => screen.frames.length >= before);
    expect(live()).not.toContain('> x');
  });

  it('keeps the draft over a lost connection and says what goes on', async () => {
    screen.stdin.write('half a thou');
    await shows('> half a thou');
    connection.cut();
    const second = await server.connection(2);
    await eventually(() => /reconnecting/.test(everything()));
    second.say(connected(0, { resumed: 'true' }));
    await shows('connected · Echo');
    screen.stdin.write('ght');
    await shows('> half a thought');
  });

  it('keeps the draft when nothing can be sent any more', async () => {
    connection.close(4503);
    await shows('stopped:');
    screen.stdin.write('not lost\r');
    await shows('> not lost');
  });

  it('takes several lines by Ctrl-J, Alt-Enter, backslash and a paste', async () => {
    screen.stdin.write('a');
    screen.stdin.write('\n');
    screen.stdin.write('b');
    screen.stdin.write('\u001b\r');
    screen.stdin.write('c\\');
    screen.stdin.write('\r');
    screen.stdin.write('\u001b[200~d\re\u001b[201~');
    await shows('> a\n  b\n  c\n  d\n  e');
    screen.stdin.write('\r');
    expect(await connection.heard('user_message')).toMatchObject({ content: 'a\nb\nc\nd\ne' });
  });

  it('brings back with Up what was sent', async () => {
    screen.stdin.write('first\r');
    await connection.heard('user_message');
    screen.stdin.write('\u001b[A');
    await shows('> first');
  });

  it('shows the keys on ?, and hides them', async () => {
    screen.stdin.write('?');
    await shows('Ctrl-T');
    screen.stdin.write('?');
    await eventually(() => !live().includes('Ctrl-T'));
    screen.stdin.write('\u001bOP');
    await shows('Ctrl-T');
    screen.stdin.write('why?');
    await shows('> why?');
    expect(live()).not.toContain('Ctrl-T');
  });

  it('asks again, asks for a person, chooses a model, begins anew', async () => {
    connection.say(
      frame('connection_status', {
        metadata: { status: 'connected', resumed: 'true' },
        models: [
          { id: 'echo', name: 'Echo' },
          { id: 'big', name: 'Big' },
        ],
        model_id: 'echo',
      }),
    );
    await eventually(() => client.snapshot.models.length === 2);
    screen.stdin.write('\u0012');
    await connection.heard('retry');
    screen.stdin.write('\u0007');
    await connection.heard('help_request');
    screen.stdin.write('\u0014');
    expect(await connection.heard('model_select')).toMatchObject({ model_id: 'big' });
    connection.say(said(1, 'something'));
    await printed('You: something');
    screen.stdin.write('\u000e');
    const second = await server.connection(2);
    expect(second.query.get('new')).toBe('1');
    second.say({ ...connected(0), session_id: 'another' });
    await printed('— Another conversation —');
  });

  it('shows what failed and sends it again', async () => {
    screen.stdin.write('hello\r');
    const { message_id } = await connection.heard('user_message');
    const error = { code: 'DATABASE_ERROR', message: 'The store is away.', recoverable: true };
    connection.say(frame('error', { message_id: String(message_id), error }));
    await shows('Not sent: The store is away.');
    screen.stdin.write('\u0018');
    expect(await connection.heard('user_message', 2)).toMatchObject({ message_id, content: 'hello' });
  });

  it('says who came and who speaks', async () => {
    connection.say(frame('admin_join', { seq: 1, metadata: { admin_id: 'a', admin_name: 'Anna' } }));
    connection.say(said(2, 'I am a person', { sender: 'admin' }));
    connection.say(frame('typing_indicator'));
    await printed('— Anna joined the conversation —');
    await printed('Anna: I am a person');
    await shows('Anna is typing…');
    await shows('Anna is here');
  });

  it('draws no escape sequence of anybody else', async () => {
    const hostile = 'x\u001b]52;c;AAAA\u0007\u001b[2J\u202ey';
    connection.say(said(1, hostile));
    connection.say(frame('admin_join', { seq: 2, metadata: { admin_id: 'a', admin_name: hostile } }));
    connection.say(chunk('t1', 0, hostile));
    connection.say(frame('error', { error: { code: 'X', message: hostile, recoverable: true } }));
    await printed('You: xy');
    await shows('xy is here');
    await eventually(() => client.snapshot.alerts.length === 1);
    await shows(': xy');
    // The frame itself brings Ink's own; none of these are among them.
    expect(everything()).not.toMatch(/\u001b\]52|\u001b\[2J|\u202e/);
  });
});
