import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../helpers/app.js';
import { connect } from '../helpers/wire-client.js';

let app: TestApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(async () => {
  await app.stop();
});

describe('a conversation', () => {
  it('acks a message when it is stored, then streams the answer and gives it a place in the log', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'hello there', message_id: 'm-1' });
    const ack = await ada.until('ack', ({ type }) => type === 'message_ack');
    expect(ack).toMatchObject({ message_id: 'm-1', seq: 1, session_id: ada.sessionId() });
    const loading = await ada.until('loading', ({ type }) => type === 'loading');
    expect(loading.turn_id).toBeTypeOf('string');
    const { text, last } = await ada.answer();
    expect(text).toContain('hello there');
    expect(last).toMatchObject({ seq: 2, turn_id: loading.turn_id, metadata: { done: 'true', end: 'complete' } });
    expect(last.metadata?.length).toBe(String(text.length));

    const { body } = await app.http('ada', 'GET', `/sessions/${ada.sessionId()}`);
    expect(body.messages).toMatchObject([
      { content: 'hello there', sender: 'user', seq: 1, message_id: 'm-1' },
      { content: text, sender: 'ai', seq: 2 },
    ]);
    ada.close();
  });
});
