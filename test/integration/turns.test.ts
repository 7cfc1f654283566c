import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LlmError } from '../../src/server/ports/llm.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { appStores } from '../helpers/app-stores.js';
import { type GatedModel, gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { connect, type WireClient } from '../helpers/wire-client.js';

const stores = await appStores();

let app: TestApp;
let model: GatedModel;
beforeEach(async () => {
  model = gatedModel(['gated', 'other']);
  app = await startApp({ providers: [model.provider] });
});
afterEach(async () => {
  await app.stop();
});

const isAck = (id: string) => (frame: { type: string; message_id?: string | undefined }) =>
  frame.type === 'message_ack' && frame.message_id === id;
const isChunk = (text: string) => (frame: { type: string; content?: string | undefined }) =>
  frame.type === 'ai_response' && frame.content === text;
const isDone = (frame: { type: string; metadata?: Record<string, string> | undefined }) =>
  frame.type === 'ai_response' && frame.metadata?.done === 'true';

async function messages(user: string, session: WireClient): Promise<Record<string, unknown>[]> {
  const { body } = await app.http(user, 'GET', `/sessions/${session.sessionId()}`);
  return body.messages as Record<string, unknown>[];
}

describe('turns', () => {
  it('R18: the model is given the conversation so far, not only the last message', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'my name is Ada' });
    const first = await model.question(0);
    first.say('Hello Ada');
    first.end();
    await ada.answer();
    ada.send({ type: 'user_message', content: 'what is my name?' });
    const second = await model.question(1);
    expect(second.request.messages).toEqual([
      { role: 'system', content: 'You are a test.' },
      { role: 'user', content: 'my name is Ada' },
      { role: 'assistant', content: 'Hello Ada' },
      { role: 'user', content: 'what is my name?' },
    ]);
    second.say('Ada');
    second.end();
    await ada.answer();
  });

  it('R23: of several messages in one session no two are answered at once; what comes meanwhile is acked at once and answered together', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'one', message_id: 'a' });
    const first = await model.question(0);
    ada.send({ type: 'user_message', content: 'two', message_id: 'b' });
    ada.send({ type: 'user_message', content: 'three', message_id: 'c' });
    await ada.until('ack c', isAck('c'));
    expect(model.questions).toHaveLength(1);
    first.say('first');
    first.end();
    const done = await ada.answer();
    expect(done.text).toBe('first');
    const second = await model.question(1);
    expect(second.request.messages.slice(-3).map(({ content }) => content)).toEqual(['first', 'two', 'three']);
    second.say('both');
    second.end();
    expect((await ada.answer()).text).toBe('both');
    expect(model.questions).toHaveLength(2);
    expect((await messages('ada', ada)).map(({ seq, content }) => [seq, content])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
      [4, 'first'],
      [5, 'both'],
    ]);
  });

  it('R24: an answer that the provider breaks off is kept, marked as interrupted, and its asker is told once', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'go' });
    const question = await model.question(0);
    question.say('half an ');
    await ada.until('chunk', isChunk('half an '));
    question.fail(new LlmError('cut', 'broke off'));
    const error = await ada.until('error', ({ type }) => type === 'error');
    expect(error).toMatchObject({ error: { code: 'LLM_UNAVAILABLE', recoverable: true } });
    await eventually(() => ada.frames.some(isDone), { what: 'the end of the answer' });
    expect(ada.frames.find(isDone)?.metadata).toMatchObject({ end: 'interrupted', interrupted: 'true' });
    expect(ada.frames.filter(({ type }) => type === 'error')).toHaveLength(1);
    expect((await messages('ada', ada)).at(-1)).toMatchObject({
      content: 'half an ',
      metadata: { interrupted: 'true' },
    });
  });

  it('tells the asker when the model fails before its first word, and asks again only on retry', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'go', message_id: 'm' });
    (await model.question(0)).fail(new LlmError('rate_limited', 'slow down', { retryAfterMs: 1_500 }));
    const error = await ada.until('error', ({ type }) => type === 'error');
    expect(error.error).toMatchObject({ code: 'LLM_UNAVAILABLE', retry_after: 1_500 });
    await eventually(() => ada.frames.some(isDone));
    expect((await messages('ada', ada)).map(({ sender }) => sender)).toEqual(['user']);
    ada.send({ type: 'retry' });
    const again = await model.question(1);
    expect(again.request.messages.at(-1)).toEqual({ role: 'user', content: 'go' });
    again.say('now');
    again.end();
    await eventually(() => ada.frames.some(({ seq, type }) => type === 'ai_response' && seq === 2));
    expect((await messages('ada', ada)).at(-1)).toMatchObject({ content: 'now', seq: 2 });
    ada.send({ type: 'retry' });
    await ada.until('refused retry', ({ error: refusal }) => refusal?.code === 'NOT_FOUND');
  });

  it('leaves the broken attempt out of what the model sees on retry', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'go' });
    const first = await model.question(0);
    first.say('broken');
    first.fail(new LlmError('idle', 'stalled'));
    await ada.until('error', ({ error }) => error?.code === 'LLM_TIMEOUT');
    await eventually(() => ada.frames.some(isDone));
    ada.send({ type: 'retry' });
    const again = await model.question(1);
    expect(again.request.messages.map(({ content }) => content)).toEqual(['You are a test.', 'go']);
    again.say('whole');
    again.end();
    await ada.until('answer', ({ seq }) => seq === 3);
  });

  it('cancels the provider request from another device and keeps what was written', async () => {
    const phone = await connect(app, 'ada');
    const desk = await connect(app, 'ada');
    phone.send({ type: 'user_message', content: 'long story' });
    const question = await model.question(0);
    question.say('Once ');
    const chunk = await desk.until('chunk', isChunk('Once '));
    desk.send({ type: 'cancel', turn_id: chunk.turn_id });
    const done = await desk.until('end', isDone);
    expect(done.metadata).toMatchObject({ end: 'cancelled', interrupted: 'true' });
    expect(question.isAborted).toBe(true);
    expect((await messages('ada', phone)).at(-1)).toMatchObject({ content: 'Once ', seq: 2 });
    desk.send({ type: 'cancel', turn_id: chunk.turn_id });
    await desk.until('nothing to cancel', ({ error }) => error?.code === 'NOT_FOUND');
  });

  it('ends an answer as length at its limit, and stops the provider', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'go on for ever' });
    const question = await model.question(0);
    const piece = 'x'.repeat(65_536);
    for (let count = 0; count < 5; count += 1) question.say(piece);
    const { last, text } = await ada.answer();
    expect(last.metadata).toMatchObject({ end: 'length', done: 'true' });
    expect(text).toHaveLength(262_144);
    expect(question.isAborted).toBe(true);
  });

  it('keeps an answer running when its socket goes, and another device hears the rest', async () => {
    const phone = await connect(app, 'ada');
    phone.send({ type: 'user_message', content: 'tell me' });
    const question = await model.question(0);
    question.say('One, ');
    await phone.until('chunk', isChunk('One, '));
    phone.socket.terminate();
    await phone.closed;
    question.say('two, ');
    const desk = await connect(app, 'ada', { query: `?session_id=${phone.sessionId()}` });
    const caughtUp = await desk.until('text so far', isChunk('One, two, '));
    expect(caughtUp.index).toBe(0);
    question.say('three.');
    const next = await desk.until('chunk', isChunk('three.'));
    expect(next.index).toBe('One, two, '.length);
    question.end();
    const done = await desk.until('end', isDone);
    expect(done.metadata?.length).toBe('16');
    expect(done.content).toBeUndefined();
  });

  it('says that an empty answer is a failure', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'say nothing' });
    (await model.question(0)).end();
    await ada.until('error', ({ error }) => error?.code === 'LLM_UNAVAILABLE');
  });

  it('tells a message that no model can be shown that it is too long, and takes the next one', async () => {
    await app.stop();
    model = gatedModel();
    app = await startApp({
      providers: [model.provider],
      settings: (all) => ({ ...all, chat: { ...all.chat, historyTokens: 300 } }),
    });
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'é'.repeat(3_000) });
    await ada.until('error', ({ error }) => error?.code === 'INVALID_FORMAT');
    await eventually(() => ada.frames.some(isDone));
    // The model was not asked, so it did not fail.
    const prometheus = await fetch(`${app.httpUrl}/metrics/prometheus`);
    expect(await prometheus.text()).not.toMatch(/chatbox_llm_errors_total\{/);
    ada.send({ type: 'user_message', content: 'short' });
    const question = await model.question(0);
    expect(question.request.messages.map(({ content }) => content)).toEqual(['You are a test.', 'short']);
    question.say('ok');
    question.end();
    await ada.until('answer', isDone);
  });

  it('lets a message name its model, and refuses one that is not configured before anything is stored (finding R2)', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'hi', model_id: 'nope', message_id: 'x' });
    const refused = await ada.until('error', ({ type }) => type === 'error');
    expect(refused).toMatchObject({ error: { code: 'INVALID_FORMAT' }, message_id: 'x' });
    ada.send({ type: 'user_message', content: 'hi', model_id: 'other' });
    expect((await model.question(0)).request.modelId).toBe('other');
    (await model.question(0)).say('ok');
    (await model.question(0)).end();
    await ada.answer();
    ada.send({ type: 'model_select', model_id: 'other' });
    const confirmed = await ada.until('confirmation', ({ metadata }) => metadata?.status === 'model_changed');
    expect(confirmed).toMatchObject({ model_id: 'other', seq: 3 });
    ada.send({ type: 'user_message', content: 'again' });
    expect((await model.question(1)).request.modelId).toBe('other');
    (await model.question(1)).say('ok');
    (await model.question(1)).end();
    await ada.answer();
  });
});

describe.each(stores.map((store) => [store.name, store] as const))('on %s', (_, store) => {
  beforeEach(async () => {
    await app.stop();
    app = await store.start({ providers: [model.provider] });
  });

  it('R26: records what the provider used, for lists and metrics', async () => {
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'count. And more' });
    const question = await model.question(0);
    question.say('x');
    question.end();
    const { last } = await ada.answer();
    expect(last.metadata).toMatchObject({ prompt_tokens: '7', completion_tokens: '5', total_tokens: '12' });
    const { body } = await app.http('ada', 'GET', '/sessions');
    expect(body.sessions).toMatchObject([{ total_tokens: 12, message_count: 2, name: 'count.', is_active: true }]);
  });
});
