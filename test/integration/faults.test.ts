import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { LlmError } from '../../src/server/ports/llm.js';
import type { Store } from '../../src/server/ports/store.js';
import { recordingLog, startApp, type TestApp } from '../helpers/app.js';
import { failingStore, noFaults } from '../helpers/failing-store.js';
import { gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { connect, type WireClient } from '../helpers/wire-client.js';

const running: TestApp[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const app of running.splice(0)) await app.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function start(...options: Parameters<typeof startApp>): Promise<TestApp> {
  const app = await startApp(...options);
  running.push(app);
  return app;
}

async function messages(app: TestApp, user: string, sessionId: string) {
  const { body } = await app.http(user, 'GET', `/sessions/${sessionId}`);
  return (body.messages as { content: string; sender: string; seq: number; metadata?: Record<string, string> }[]) ?? [];
}

function errors(client: WireClient) {
  return client.frames.filter(({ type }) => type === 'error');
}

describe('a store that fails', () => {
  const steps: (keyof Store)[] = [
    'createSession',
    'activeSession',
    'append',
    'entries',
    'endTurn',
    'project',
    'settleTurns',
    'checkpointTurn',
    'heads',
    'latestTurn',
  ];
  for (const step of steps) {
    it(`at ${step}: at most one error, and after it a whole conversation`, async () => {
      const faults = noFaults();
      const model = gatedModel();
      const app = await start({ providers: [model.provider], wrapStore: (store) => failingStore(store, faults) });
      const ada = await connect(app, 'ada');
      faults.before.add(step);
      ada.send({ type: 'user_message', content: 'one', message_id: 'one' });
      await ada.until('an ack or an error', ({ type }) => type === 'message_ack' || type === 'error');
      if (model.questions.length > 0) {
        model.questions[0]?.say('first');
        model.questions[0]?.end();
      }
      faults.before.clear();
      if (errors(ada).length > 0 && model.questions.length === 0) {
        ada.send({ type: 'user_message', content: 'one', message_id: 'one' });
        const question = await model.question(0);
        question.say('first');
        question.end();
      }
      await ada.until('the answer', ({ type, seq }) => type === 'ai_response' && seq === 2);
      ada.send({ type: 'user_message', content: 'two', message_id: 'two' });
      const second = await model.question(1);
      second.say('second');
      second.end();
      await ada.until('the second answer', ({ type, seq }) => type === 'ai_response' && seq === 4);
      expect(errors(ada).length).toBeLessThanOrEqual(1);
      expect(
        (await messages(app, 'ada', ada.frames.at(-1)?.session_id ?? '')).map(({ seq, content }) => [seq, content]),
      ).toEqual([
        [1, 'one'],
        [2, 'first'],
        [3, 'two'],
        [4, 'second'],
      ]);
      expect(model.questions).toHaveLength(2);
    });
  }

  it('reads back a message whose outcome is unknown, and acks it once', async () => {
    const faults = noFaults();
    const model = gatedModel();
    const app = await start({ providers: [model.provider], wrapStore: (store) => failingStore(store, faults) });
    const ada = await connect(app, 'ada');
    faults.after.add('append');
    ada.send({ type: 'user_message', content: 'one', message_id: 'one' });
    const ack = await ada.until('ack', ({ type }) => type === 'message_ack');
    expect(ack.seq).toBe(1);
    faults.after.clear();
    const question = await model.question(0);
    question.say('ok');
    question.end();
    await ada.answer();
    expect((await messages(app, 'ada', ada.sessionId())).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(errors(ada)).toEqual([]);
  });

  it('H7: an answer that could not be stored is reported to the client, and stored when the store is back', async () => {
    const faults = noFaults();
    const model = gatedModel();
    const log = recordingLog();
    const app = await start({ providers: [model.provider], wrapStore: (store) => failingStore(store, faults), log });
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'one', message_id: 'one' });
    const question = await model.question(0);
    question.say('precious words');
    faults.before.add('endTurn').add('append');
    question.end();
    const error = await ada.until('error', ({ type }) => type === 'error');
    expect(error).toMatchObject({ error: { code: 'DATABASE_ERROR' } });
    expect(error.turn_id).toBeTypeOf('string');
    await eventually(() => (faults.counts.get('endTurn') ?? 0) >= 2);
    faults.before.clear();
    await ada.until('the stored answer', ({ type, seq }) => type === 'ai_response' && seq === 2);
    expect((await messages(app, 'ada', ada.sessionId())).at(-1)).toMatchObject({ content: 'precious words', seq: 2 });
    expect(errors(ada)).toHaveLength(1);
    expect(JSON.stringify(log.lines)).not.toContain('precious');
  });

  it('tells a socket that cannot be attached why, and closes it so that it comes back', async () => {
    const faults = noFaults();
    const app = await start({ wrapStore: (store) => failingStore(store, faults) });
    faults.before.add('activeSession');
    const ada = await connect(app, 'ada');
    expect(ada.frames[0]).toMatchObject({ type: 'error', error: { code: 'DATABASE_ERROR', recoverable: false } });
    expect(await ada.closed).toBe(1013);
  });
});

describe('a server that goes', () => {
  it('R29: a shutdown in mid-answer keeps what was written of it, marked, and tells the sockets', async () => {
    const model = gatedModel();
    const first = await start({ providers: [model.provider] });
    folders.push(first.dataDir);
    const ada = await connect(first, 'ada');
    ada.send({ type: 'user_message', content: 'tell me', message_id: 'm' });
    const question = await model.question(0);
    question.say('half of ');
    await ada.until('chunk', ({ content }) => content === 'half of ');
    const stopping = first.app.stop();
    const draining = await ada.until('draining', ({ metadata }) => metadata?.status === 'draining');
    expect(Number(draining.metadata?.retry_after)).toBeGreaterThan(0);
    await ada.until('the cut answer', ({ type, seq }) => type === 'ai_response' && seq === 2);
    expect(await ada.closed).toBe(1012);
    await stopping;
    expect(question.isAborted).toBe(true);
    const stored = await first.store.entries(ada.sessionId(), { limit: 10 });
    expect(stored.map(({ entry }) => (entry.kind === 'message' ? [entry.content, entry.end] : entry.kind))).toEqual([
      ['tell me', undefined],
      ['half of ', 'interrupted'],
    ]);
  });

  it('lets a running answer finish within the grace of a shutdown', async () => {
    const model = gatedModel();
    const app = await start({
      providers: [model.provider],
      settings: (all) => ({ ...all, shutdown: { ...all.shutdown, turnGraceMs: 5_000, timeoutMs: 9_000 } }),
    });
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'tell me' });
    const question = await model.question(0);
    question.say('all of it');
    const stopping = app.app.stop();
    await ada.until('draining', ({ metadata }) => metadata?.status === 'draining');
    question.end();
    const { last } = await ada.answer();
    expect(last.metadata).toMatchObject({ end: 'complete' });
    await stopping;
  });

  it('stores and acks what is sent while it drains, and the next server has it answered', async () => {
    const model = gatedModel();
    const first = await startApp({
      providers: [model.provider],
      settings: (all) => ({ ...all, shutdown: { ...all.shutdown, turnGraceMs: 2_000 } }),
    });
    folders.push(first.dataDir);
    const ada = await connect(first, 'ada');
    const bob = await connect(first, 'bob');
    ada.send({ type: 'user_message', content: 'holds the door open' });
    await model.question(0);
    const stopping = first.app.stop();
    await bob.until('draining', ({ metadata }) => metadata?.status === 'draining');
    bob.send({ type: 'user_message', content: 'late', message_id: 'late' });
    await bob.until('ack', ({ type }) => type === 'message_ack');
    expect(model.questions).toHaveLength(1);
    await stopping;
    await first.store.close();
    const again = gatedModel();
    const second = await start({ providers: [again.provider], dataDir: first.dataDir });
    const question = await again.question(0);
    expect(question.request.messages.at(-1)?.content).toBe('late');
    question.say('answered');
    question.end();
    await eventually(async () => (await messages(second, 'bob', bob.sessionId())).length === 2);
  });

  it('after a crash every turn has ended, what was checkpointed is in the log, and what waited is answered', async () => {
    const model = gatedModel();
    const first = await startApp({ providers: [model.provider] });
    folders.push(first.dataDir);
    const ada = await connect(first, 'ada');
    ada.send({ type: 'user_message', content: 'tell me', message_id: 'm' });
    const question = await model.question(0);
    question.say('as far as ');
    ada.send({ type: 'user_message', content: 'and this', message_id: 'n' });
    await ada.until('ack', ({ type, message_id }) => type === 'message_ack' && message_id === 'n');
    await eventually(async () => (await first.store.latestTurn(ada.sessionId()))?.text === 'as far as ', {
      what: 'a checkpoint',
    });
    // The process is gone as far as the store can tell: nothing more is written.
    await first.store.close();
    const again = gatedModel();
    const second = await start({ providers: [again.provider], dataDir: first.dataDir });
    const next = await again.question(0);
    expect(next.request.messages.at(-1)?.content).toBe('and this');
    next.say('answered');
    next.end();
    await eventually(async () => (await messages(second, 'ada', ada.sessionId())).length === 4);
    expect(
      (await messages(second, 'ada', ada.sessionId())).map(({ content, metadata }) => [content, metadata?.interrupted]),
    ).toEqual([
      ['tell me', undefined],
      ['and this', undefined],
      ['as far as ', 'true'],
      ['answered', undefined],
    ]);
    const { body } = await second.http('ada', 'GET', '/sessions');
    expect(body.sessions).toMatchObject([{ message_count: 4 }]);
    expect(again.questions).toHaveLength(1);
    ada.socket.terminate();
    await first.app.stop().catch(() => undefined);
  });
});

describe('a model that fails', () => {
  it('never lets the text of its error reach a client or the log', async () => {
    const model = gatedModel();
    const log = recordingLog();
    const app = await start({ providers: [model.provider], log });
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'go' });
    (await model.question(0)).fail(new LlmError('auth', 'refused', { cause: { status: 401 } }));
    const error = await ada.until('error', ({ type }) => type === 'error');
    expect(error.error).toMatchObject({ code: 'LLM_UNAVAILABLE' });
    expect(error.error?.message).not.toContain('401');
    expect(log.lines.some(({ event }) => event === 'model_call_failed')).toBe(true);
  });
});
