// Station: test/integration. Every way in which an OpenAI-compatible endpoint fails, over real sockets; and that nothing of it leaks.
import { createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { createOpenAiProvider } from '../../src/server/llm/openai/openai-provider.js';
import type { OpenAiSettings } from '../../src/server/llm/openai/openai-settings.js';
import { LlmError, type LlmProvider, type LlmRequest } from '../../src/server/ports/llm.js';
import { silentLog } from '../helpers/llm-calls.js';
import {
  answer,
  cut,
  done,
  event,
  failure,
  hang,
  head,
  piece,
  type Reply,
  raw,
  usage,
} from '../helpers/openai-replies.js';
import { type OpenAiServer, startOpenAiServer } from '../helpers/openai-server.js';

const never = new AbortController().signal;
const hello: LlmRequest = { modelId: 'm', messages: [{ role: 'user', content: 'hello' }] };
const canary = 'sk-canary-8f31';

let server: OpenAiServer;
const open: { close(): Promise<unknown> }[] = [];

function provider(settings: Partial<OpenAiSettings> = {}): LlmProvider {
  const made = createOpenAiProvider(
    { name: 'up', baseUrl: server.baseUrl, apiKey: canary, models: [{ id: 'm', name: 'M' }], ...settings },
    { clock: systemClock, log: silentLog },
  );
  open.push(made);
  return made;
}

/** Asks, expects a failure, and gives it back with the pieces before it. */
async function failed(from: LlmProvider): Promise<{ readonly error: LlmError; readonly pieces: readonly string[] }> {
  const pieces: string[] = [];
  const outcome = await from.ask(hello, (text) => pieces.push(text), never).catch((error: unknown) => error);
  if (!(outcome instanceof LlmError)) throw new Error(`Expected an LlmError, got ${inspect(outcome)}`);
  return { error: outcome, pieces };
}

async function failedWith(reply: Reply): Promise<{ readonly error: LlmError; readonly pieces: readonly string[] }> {
  server.reply(reply);
  return failed(provider());
}

beforeEach(async () => {
  server = await startOpenAiServer();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((made) => made.close()));
  await server.close();
});

describe('an endpoint that refuses', () => {
  it.each([
    [401, { error: { message: `Incorrect API key provided: ${canary}`, code: 'invalid_api_key' } }, 'auth'],
    [403, { error: { message: 'no' } }, 'auth'],
    [429, { error: { code: 'insufficient_quota', message: canary } }, 'rate_limited'],
    [400, { error: { code: 'context_length_exceeded', message: canary } }, 'too_long'],
    [400, { object: 'error', message: "This model's maximum context length is 8192 tokens.", code: 400 }, 'too_long'],
    [400, { error: { message: "This model's maximum context length is 8192 tokens.", code: 400 } }, 'too_long'],
    [422, { error: { code: 'context_length_exceeded' } }, 'too_long'],
    [413, 'too large', 'too_long'],
    [400, { error: { code: 'content_filter', message: canary } }, 'rejected'],
    [404, { error: { code: 'model_not_found', message: canary } }, 'rejected'],
    [302, '', 'rejected'],
    [402, { error: { message: canary } }, 'rejected'],
    [408, canary, 'unavailable'],
    [500, { error: { message: canary } }, 'unavailable'],
    [502, `<html>${canary}</html>`, 'unavailable'],
    [503, '', 'unavailable'],
  ])('with %i %j fails as expected', async (status, body, kind) => {
    const { error } = await failedWith(failure(status, body));
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(`HTTP ${status}`);
    expect(error.cause).toMatchObject({ status });
  });

  it.each([
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after-ms': '120' }, 120],
    [{}, undefined],
  ])('for now, %j, says when to try again', async (headers, retryAfterMs) => {
    const { error } = await failedWith(failure(429, { error: { message: 'slow down' } }, headers));
    expect(error).toMatchObject({ kind: 'rate_limited', retryAfterMs });
  });

  it('for now, by a date, says when to try again', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const { error } = await failedWith(failure(429, {}, { 'retry-after': date }));
    expect(error.retryAfterMs).toBeGreaterThan(50_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('at endless length is not read to the end', async () => {
    const { error } = await failedWith([head({}, 500), raw('x'.repeat(6 * 1_048_576)), hang]);
    expect(error.kind).toBe('unavailable');
    await (await server.request(0)).abandoned;
  });
});

describe('an answer that goes wrong', () => {
  it('R24: that is cut off never ends as complete', async () => {
    const { error, pieces } = await failedWith([head(), piece('half'), cut]);
    expect([error.kind, pieces]).toEqual(['cut', ['half']]);
  });

  it('R24: that ends properly without a reason to finish is cut, with DONE and without', async () => {
    expect((await failedWith([head(), piece('half'), done])).error.kind).toBe('cut');
    expect((await failedWith([head(), piece('half'), usage(1, 2)])).error.kind).toBe('cut');
    expect((await failedWith([head()])).error.kind).toBe('cut');
  });

  it.each(['error', 'abort', 'insufficient_system_resource'])('R24: that finishes by "%s" is cut', async (reason) => {
    expect((await failedWith(answer(['half'], { finish: reason }))).error.kind).toBe('cut');
  });

  it('R24: that is cut within its last event is cut', async () => {
    const { error } = await failedWith([head(), piece('half'), raw('data: {"choices":[{"index":0,"del')]);
    expect(error.kind).toBe('cut');
  });

  it('with a chunk that is not JSON is interrupted there', async () => {
    const { error, pieces } = await failedWith([
      head(),
      piece('half'),
      raw(`data: {${canary}\n\n`),
      piece('rest'),
      hang,
    ]);
    expect([error.kind, pieces]).toEqual(['unavailable', ['half']]);
    await (await server.request(0)).abandoned;
  });

  it('with an event without end is given up', async () => {
    const { error } = await failedWith([head(), raw(`data: ${'x'.repeat(5 * 1_048_576)}`), hang]);
    expect(error).toMatchObject({ kind: 'unavailable', cause: { name: 'EventTooLongError' } });
    await (await server.request(0)).abandoned;
  });

  it.each([
    [{ error: { message: canary, type: 'server_error', code: null } }, 'unavailable'],
    [{ error: { message: canary, code: 'rate_limit_exceeded' } }, 'rate_limited'],
    [{ error: { message: canary, code: 429 } }, 'rate_limited'],
    [{ error: { message: canary, code: 502 } }, 'unavailable'],
    [{ error: { message: 'Prompt is too long', type: 'invalid_request_error' } }, 'too_long'],
    [{ error: { message: canary, type: 'invalid_request_error' } }, 'rejected'],
    [{ error: { message: canary, type: 'authentication_error' } }, 'auth'],
    [{ error: canary }, 'unavailable'],
  ])('with %j in the stream fails by its kind', async (chunk, kind) => {
    const { error, pieces } = await failedWith([head(), piece('half'), event(chunk), hang]);
    expect([error.kind, pieces]).toEqual([kind, ['half']]);
    await (await server.request(0)).abandoned;
  });

  it('that is an error in a 200 fails by its kind', async () => {
    const body = { error: { message: canary, code: 'rate_limit_exceeded' } };
    const { error } = await failedWith([head({ 'content-type': 'application/json' }), raw(JSON.stringify(body))]);
    expect(error.kind).toBe('rate_limited');
  });

  it('that comes whole and is no JSON fails', async () => {
    const reply = [head({ 'content-type': 'application/json' }), raw('<html>')];
    expect((await failedWith(reply)).error.kind).toBe('unavailable');
  });

  it('without a word is empty; filtered before its first word it is rejected', async () => {
    expect((await failedWith(answer([]))).error.kind).toBe('empty');
    expect((await failedWith(answer([''], { finish: 'tool_calls' }))).error.kind).toBe('empty');
    expect((await failedWith(answer([], { finish: 'content_filter' }))).error.kind).toBe('rejected');
  });

  it('because of who hears it fails, and the provider lives on', async () => {
    const from = provider();
    const outcome = from.ask(
      hello,
      () => {
        throw new RangeError(canary);
      },
      never,
    );
    await expect(outcome).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(from.ask(hello, () => undefined, never)).resolves.toMatchObject({ finish: 'stop' });
  });
});

describe('an endpoint that cannot be reached', () => {
  it('because nobody listens is a failure to connect', async () => {
    const { baseUrl } = server;
    await server.close();
    const { error } = await failed(provider({ baseUrl }));
    expect(error).toMatchObject({ kind: 'connect', cause: { code: 'ECONNREFUSED' } });
    server = await startOpenAiServer();
  });

  it('because its name is unknown is a failure to connect', async () => {
    const { error } = await failed(provider({ baseUrl: 'http://nowhere.invalid/v1' }));
    expect(error.kind).toBe('connect');
  });

  it('because it never says hello is a failure to connect, within the time for that', async () => {
    const mute = await listen((socket) => socket.resume().on('error', () => socket.destroy()));
    const { error } = await failed(provider({ baseUrl: `https://127.0.0.1:${mute}/v1`, connectTimeoutMs: 50 }));
    expect(error).toMatchObject({ kind: 'connect', cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } });
  });

  it('because it speaks no TLS is a failure to connect', async () => {
    const plain = await listen((socket) =>
      socket
        .resume()
        .on('error', () => socket.destroy())
        .end('HTTP/1.1 400 Bad\r\n\r\n'),
    );
    const { error } = await failed(provider({ baseUrl: `https://127.0.0.1:${plain}/v1` }));
    expect(error.kind).toBe('connect');
  });

  it('because it hangs up before a word is unavailable', async () => {
    const { error } = await failedWith([cut]);
    expect(error.kind).toBe('unavailable');
  });

  it('because it answers in another protocol is unavailable', async () => {
    const odd = await listen((socket) =>
      socket
        .resume()
        .on('error', () => socket.destroy())
        .end('SSH-2.0-odd\r\n'),
    );
    const { error } = await failed(provider({ baseUrl: `http://127.0.0.1:${odd}/v1` }));
    expect(error.kind).toBe('unavailable');
  });

  it('R12: because it goes silent is cut, even without watchdogs', async () => {
    const from = provider({ silenceTimeoutMs: 1_000 });
    server.reply([hang]);
    expect((await failed(from)).error.kind).toBe('first_token');
    server.reply([head(), piece('a'), hang]);
    expect((await failed(from)).error.kind).toBe('idle');
  });

  it('is unwell after three failures in a row', async () => {
    const from = provider();
    server.reply(failure(500, ''), failure(500, ''), failure(500, ''));
    for (let count = 0; count < 3; count += 1) {
      expect(from.health()).toEqual({ ok: true });
      await failed(from);
    }
    expect(from.health()).toEqual({ ok: false, reason: 'the last 3 calls failed (unavailable)' });
    await from.ask(hello, () => undefined, never);
    expect(from.health()).toEqual({ ok: true });
  });
});

describe('a failure', () => {
  it('holds no key, no upstream text and no query, however deep one looks, and prints nothing', async () => {
    const written = [vi.spyOn(process.stderr, 'write'), vi.spyOn(process.stdout, 'write')];
    const printed = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) => vi.spyOn(console, level));
    const body = { error: { message: canary, code: canary, type: canary, param: canary } };
    const replies: Reply[] = [
      failure(400, body, { 'x-request-id': canary }),
      failure(401, body, { 'set-cookie': canary }),
      failure(429, body),
      failure(500, canary),
      [head(), raw(`data: ${canary}\n\n`)],
      [head(), event(body)],
      [head(), piece(canary), cut],
    ];
    const from = provider({ baseUrl: `${server.baseUrl}?key=${canary}` });
    // Once the wish for usage was understood, a question is asked once.
    await from.ask(hello, () => undefined, never);
    const errors: LlmError[] = [];
    for (const reply of replies) {
      server.reply(reply);
      errors.push((await failed(from)).error);
    }
    expect(new Set(errors.map(({ kind }) => kind))).toEqual(
      new Set(['rejected', 'auth', 'rate_limited', 'unavailable', 'cut']),
    );
    for (const error of errors) {
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(canary);
      expect(JSON.stringify(error.cause)).not.toContain(canary);
    }
    for (const spy of [...written, ...printed]) expect(spy.mock.calls).toEqual([]);
  });

  it.each([
    ['no URL', { baseUrl: canary }, 'must begin with https:// or http://'],
    ['another protocol', { baseUrl: `ftp://${canary}/` }, 'must begin with https:// or http://'],
    ['a password in the URL', { baseUrl: `https://u:${canary}@example.org/` }, 'holds a user or password'],
    ['a line end in the key', { apiKey: `${canary}\n1` }, 'The header "authorization"'],
    ['no model', { models: [] }, 'has no model'],
  ])('of the settings (%s) is found when it is made, and names no value', (_name, settings, said) => {
    const make = () => provider(settings);
    expect(make).toThrow(said);
    expect(make).not.toThrow(canary);
  });
});

async function listen(onConnection: Parameters<typeof createServer>[1]): Promise<number> {
  const listener: Server = createServer(onConnection);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => listener.close(resolve)) });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}
