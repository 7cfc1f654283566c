// Station: test/integration. The whole server in front of an OpenAI-compatible endpoint: streamed, accounted for, stopped, broken off.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { createOpenAiProvider } from '../../src/server/llm/openai/openai-provider.js';
import { withWatchdogs } from '../../src/server/llm/watchdogs.js';
import { recordingLog, startApp, type TestApp } from '../helpers/app.js';
import { answer, cut, failure, hang, head, piece, raw } from '../helpers/openai-replies.js';
import { type OpenAiServer, startOpenAiServer } from '../helpers/openai-server.js';
import { connect } from '../helpers/wire-client.js';

const canary = 'sk-canary-77ab';
const log = recordingLog();

let upstream: OpenAiServer;
let app: TestApp;

async function start(patienceMs: number): Promise<TestApp> {
  const provider = createOpenAiProvider(
    {
      name: 'up',
      baseUrl: upstream.baseUrl,
      apiKey: canary,
      models: [{ id: 'm', name: 'M', upstreamId: 'vendor/m-2' }],
    },
    { clock: systemClock, log },
  );
  const limits = { firstTokenMs: patienceMs, idleMs: patienceMs, totalMs: 60_000 };
  return startApp({ providers: [withWatchdogs(provider, limits, systemClock)], log });
}

beforeEach(async () => {
  log.lines.length = 0;
  upstream = await startOpenAiServer();
  app = await start(20_000);
});

afterEach(async () => {
  await app.stop();
  await upstream.close();
});

const isFirstPiece = ({ type, content }: OutboundFrame): boolean => type === 'ai_response' && content !== undefined;
const isLast = ({ type, metadata }: OutboundFrame): boolean => type === 'ai_response' && metadata?.done === 'true';
const isError = ({ type }: OutboundFrame): boolean => type === 'error';

describe('a conversation with a model behind an endpoint', () => {
  it('is streamed, stored, and its usage recorded', async () => {
    upstream.reply(answer(['Hel', 'lo'], { usage: { promptTokens: 21, completionTokens: 2 } }));
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'hello', message_id: 'm-1' });
    const { text, last } = await ada.answer();
    expect(text).toBe('Hello');
    expect(last.metadata).toMatchObject({
      end: 'complete',
      prompt_tokens: '21',
      completion_tokens: '2',
      total_tokens: '23',
    });
    expect(upstream.requests[0]?.body).toMatchObject({ model: 'vendor/m-2', stream: true });
    const { body } = await app.http('ada', 'GET', `/sessions/${ada.sessionId()}`);
    expect(body.messages).toMatchObject([
      { content: 'hello', sender: 'user' },
      { content: 'Hello', sender: 'ai' },
    ]);
  });

  it('R18: gives the model all that was said, with the system prompt first', async () => {
    const ada = await connect(app, 'ada');
    for (const content of ['my name is Ada', 'who am I?']) {
      ada.send({ type: 'user_message', content });
      await ada.answer();
    }
    expect(upstream.requests[1]?.messages).toEqual([
      { role: 'system', content: 'You are a test.' },
      { role: 'user', content: 'my name is Ada' },
      { role: 'assistant', content: 'Echo: my name is Ada' },
      { role: 'user', content: 'who am I?' },
    ]);
  });

  it('closes the request when the user cancels, and keeps what was written', async () => {
    upstream.reply([head(), piece('half an'), hang]);
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'hello' });
    await ada.until('the first piece', isFirstPiece);
    ada.send({ type: 'cancel' });
    await (await upstream.request(0)).abandoned;
    const last = await ada.until('the end', isLast);
    expect(last.metadata?.end).toBe('cancelled');
    const { body } = await app.http('ada', 'GET', `/sessions/${ada.sessionId()}`);
    expect(body.messages).toMatchObject([{ sender: 'user' }, { sender: 'ai', content: 'half an' }]);
  });

  it('R24: ends an answer that the endpoint breaks off as interrupted', async () => {
    upstream.reply([head(), piece('half an'), cut]);
    const ada = await connect(app, 'ada');
    ada.send({ type: 'user_message', content: 'hello' });
    const last = await ada.until('the end', isLast);
    expect(last.metadata?.end).toBe('interrupted');
  });

  it('R12: cuts an endpoint that stalls before its first word, and one that stalls after it', async () => {
    await app.stop();
    app = await start(300);
    const ada = await connect(app, 'ada');
    for (const reply of [[hang], [head(), piece('half an'), hang]]) {
      upstream.reply(reply);
      ada.send({ type: 'user_message', content: 'hello' });
      const error = await ada.until('the error', isError);
      expect(error.error?.code).toBe('LLM_TIMEOUT');
    }
    for (const request of upstream.requests) await request.abandoned;
  });

  it('tells nobody the key or what the endpoint said when it fails', async () => {
    const ada = await connect(app, 'ada');
    const body = { error: { message: canary, code: canary } };
    for (const reply of [failure(401, body), failure(500, canary), [head(), raw(`data: ${canary}\n\n`)]]) {
      upstream.reply(reply);
      ada.send({ type: 'user_message', content: 'hello' });
      expect((await ada.until('the error', isError)).error?.code).toBe('LLM_UNAVAILABLE');
    }
    expect(JSON.stringify(ada.frames)).not.toContain(canary);
    const said = log.lines.map(({ event, facts, error }) => [
      event,
      facts,
      String((error as Error | undefined)?.stack),
    ]);
    expect(JSON.stringify(said)).not.toContain(canary);
  });
});
