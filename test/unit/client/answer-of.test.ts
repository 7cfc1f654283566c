// Station: test/unit/client. Waiting for the answer to one send.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnswerRequest, answerOf } from '../../../src/client/answer-of.js';
import type { ChatClient } from '../../../src/client/chat-client.js';
import { eventually } from '../../helpers/poll.js';
import { type ScriptedConnection, type ScriptedServer, startScriptedServer } from '../../helpers/scripted-server.js';
import { answered, chunk, clientOf, connected, frame } from './wire.js';

let server: ScriptedServer;
let client: ChatClient;
let connection: ScriptedConnection;
let text = '';
const giveUp = { now: new AbortController() };

beforeEach(async () => {
  server = await startScriptedServer();
  client = clientOf(server);
  client.connect();
  connection = await server.connection(1);
  connection.say(connected(0));
  await eventually(() => client.snapshot.connection.kind === 'open');
  text = '';
  giveUp.now = new AbortController();
});

afterEach(async () => {
  client.close();
  await server.close();
});

async function ask() {
  const before = client.snapshot;
  const sending = client.send('hello');
  const { message_id } = await connection.heard('user_message');
  connection.say(frame('message_ack', { message_id: String(message_id), seq: 1 }));
  const request: AnswerRequest = {
    sent: await sending,
    before,
    signal: giveUp.now.signal,
    onText: (piece) => {
      text += piece;
    },
  };
  return answerOf(client, request);
}

describe('the answer to a send', () => {
  it('comes piece by piece and then ends', async () => {
    const answer = ask();
    await eventually(() => client.snapshot.lastSeq === 1);
    connection.say(frame('loading', { turn_id: 't1' }));
    connection.say(chunk('t1', 0, 'Hel'));
    connection.say(chunk('t1', 3, 'lo'));
    connection.say(answered('t1', 2, 5));
    expect(await answer).toEqual({ kind: 'answered', end: 'complete', error: null });
    expect(text).toBe('Hello');
  });

  it('is not the rest of an answer that ran before', async () => {
    connection.say(chunk('t0', 0, 'old '));
    await eventually(() => client.snapshot.answer !== null);
    const answer = ask();
    await eventually(() => client.snapshot.lastSeq === 1);
    connection.say(chunk('t0', 4, 'answer'));
    connection.say(answered('t0', 2, 10));
    connection.say(chunk('t1', 0, 'new'));
    connection.say(answered('t1', 3, 3));
    await answer;
    expect(text).toBe('new');
  });

  it('that breaks off ends with its reason', async () => {
    const answer = ask();
    await eventually(() => client.snapshot.lastSeq === 1);
    connection.say(chunk('t1', 0, 'Hel'));
    connection.say(
      frame('error', { turn_id: 't1', error: { code: 'LLM_TIMEOUT', message: 'stopped', recoverable: true } }),
    );
    connection.say(
      answered('t1', 2, 3, { metadata: { streaming: 'true', done: 'true', end: 'interrupted', length: '3' } }),
    );
    expect(await answer).toEqual({ kind: 'answered', end: 'interrupted', error: 'stopped' });
    expect(text).toBe('Hel');
  });

  it('that never began ends too', async () => {
    const answer = ask();
    await eventually(() => client.snapshot.lastSeq === 1);
    connection.say(frame('ai_response', { turn_id: 't1', metadata: { done: 'true', end: 'failed', length: '0' } }));
    expect(await answer).toEqual({ kind: 'answered', end: 'failed', error: null });
  });

  it('does not come while a person has the conversation', async () => {
    connection.say(frame('admin_join', { metadata: { admin_id: 'a', admin_name: 'Anna' } }));
    await eventually(() => client.snapshot.floor.holder === 'admin');
    expect(await ask()).toEqual({ kind: 'held', name: 'Anna' });
  });

  it('is given up by the signal, and when the client stops', async () => {
    const first = ask().catch((error: unknown) => error);
    await eventually(() => client.snapshot.lastSeq === 1);
    giveUp.now.abort();
    expect(await first).toMatchObject({ code: 'aborted' });
    const request = {
      sent: { messageId: 'x', seq: 9, sessionId: 's' },
      before: client.snapshot,
      onText: () => undefined,
    };
    expect(
      await answerOf(client, { ...request, signal: giveUp.now.signal }).catch((error: unknown) => error),
    ).toMatchObject({ code: 'aborted' });
    const second = answerOf(client, { ...request, signal: new AbortController().signal }).catch(
      (error: unknown) => error,
    );
    client.close();
    expect(await second).toMatchObject({ code: 'stopped' });
  });
});
