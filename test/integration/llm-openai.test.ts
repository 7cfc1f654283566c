// Station: test/integration. The OpenAI provider against a real endpoint on loopback: what is asked, what is answered, connections, abort.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/common/clock.js';
import { deferred } from '../../src/common/deferred.js';
import { createOpenAiProvider } from '../../src/server/llm/openai/openai-provider.js';
import type { OpenAiSettings } from '../../src/server/llm/openai/openai-settings.js';
import type { LlmProvider, LlmRequest } from '../../src/server/ports/llm.js';
import { createFakeClock } from '../helpers/fake-clock.js';
import { silentLog } from '../helpers/llm-calls.js';
import {
  answer,
  cut,
  done,
  event,
  failure,
  finish,
  gate,
  hang,
  head,
  piece,
  raw,
  usage,
} from '../helpers/openai-replies.js';
import { type OpenAiServer, startOpenAiServer } from '../helpers/openai-server.js';
import { eventually } from '../helpers/poll.js';

const never = new AbortController().signal;
const hello: LlmRequest = { modelId: 'm', messages: [{ role: 'user', content: 'hello' }] };

let server: OpenAiServer;
const open: LlmProvider[] = [];

function provider(settings: Partial<OpenAiSettings> = {}, clock: Clock = systemClock): LlmProvider {
  const made = createOpenAiProvider(
    { name: 'up', baseUrl: server.baseUrl, apiKey: 'sk-test', models: [{ id: 'm', name: 'M' }], ...settings },
    { clock, log: silentLog },
  );
  open.push(made);
  return made;
}

async function ask(from: LlmProvider, request = hello, signal = never) {
  const pieces: string[] = [];
  const completion = await from.ask(request, (text) => pieces.push(text), signal);
  return { pieces, completion };
}

beforeEach(async () => {
  server = await startOpenAiServer();
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await Promise.all(open.splice(0).map((made) => made.close()));
  await server.close();
});

describe('an answer', () => {
  it('comes piece by piece, with its finish and its usage', async () => {
    server.reply(answer(['Hel', 'lo', ' there'], { usage: { promptTokens: 12, completionTokens: 3 } }));
    expect(await ask(provider())).toEqual({
      pieces: ['Hel', 'lo', ' there'],
      completion: { finish: 'stop', usage: { promptTokens: 12, completionTokens: 3 } },
    });
  });

  it('is heard as it is written, not when it is whole', async () => {
    const heard = deferred<string>();
    const go = deferred<void>();
    server.reply([head(), piece('first'), gate(go.promise), piece('second'), finish(), done]);
    const pieces: string[] = [];
    const answered = provider().ask(
      hello,
      (text) => {
        pieces.push(text);
        heard.resolve(text);
      },
      never,
    );
    expect(await heard.promise).toBe('first');
    go.resolve();
    await answered;
    expect(pieces).toEqual(['first', 'second']);
  });

  it('has no usage where the endpoint sends none', async () => {
    server.reply(answer(['hi'], { usage: null }));
    expect((await ask(provider())).completion).toEqual({ finish: 'stop', usage: null });
  });

  it.each([
    ['length', 'length'],
    ['content_filter', 'filtered'],
    ['tool_calls', 'stop'],
  ])('that the endpoint finished by %s is finished by %s', async (reason, expected) => {
    server.reply(answer(['hi'], { finish: reason }));
    expect((await ask(provider())).completion.finish).toBe(expected);
  });

  it('is complete once it was finished, though the connection breaks before the usage', async () => {
    server.reply([head(), piece('hi'), finish(), cut]);
    expect(await ask(provider())).toEqual({ pieces: ['hi'], completion: { finish: 'stop', usage: null } });
  });

  it('is complete though the endpoint neither says DONE nor hangs up, and its connection is closed', async () => {
    server.reply([head(), piece('hi'), finish(), hang]);
    const clock = createFakeClock();
    const answered = ask(provider({}, clock));
    await eventually(() => clock.pending === 1, { what: 'the finish' });
    clock.advance(2_000);
    expect((await answered).completion.finish).toBe('stop');
    await (await server.request(0)).abandoned;
  });

  it('is complete at DONE, without waiting for the end of the body', async () => {
    const end = deferred<void>();
    server.reply([head(), piece('hi'), finish(), usage(1, 2), done, gate(end.promise)]);
    expect((await ask(provider())).completion.usage).toEqual({ promptTokens: 1, completionTokens: 2 });
    expect((await server.request(0)).isAbandoned).toBe(false);
    end.resolve();
  });

  it('may come whole, from an endpoint that does not stream', async () => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }];
    const body = { object: 'chat.completion', choices, usage: { prompt_tokens: 1, completion_tokens: 2 } };
    server.reply([head({ 'content-type': 'application/json' }), raw(JSON.stringify(body))]);
    expect(await ask(provider())).toEqual({
      pieces: ['hi'],
      completion: { finish: 'stop', usage: { promptTokens: 1, completionTokens: 2 } },
    });
  });

  it('R13: may hold a line of 1 MiB that comes in many packets', async () => {
    const long = 'ü'.repeat(524_288);
    server.reply([head(), piece(long, 1_400), finish(), done]);
    const { pieces } = await ask(provider());
    expect(pieces.length === 1 && pieces[0] === long).toBe(true);
  });

  it('R3: carries what was said verbatim, both ways', async () => {
    const odd = '<b>&amp; "quoted" \\n \u2028 \u0000 😀 \u{1F468}\u200D\u{1F469}</b>';
    server.reply(answer([odd]));
    const { pieces } = await ask(provider(), { modelId: 'm', messages: [{ role: 'user', content: odd }] });
    expect(pieces).toEqual([odd]);
    expect(server.requests[0]?.messages).toEqual([{ role: 'user', content: odd }]);
  });
});

describe('a question', () => {
  it('goes to the endpoint with the key, as one streamed request that asks for usage', async () => {
    await ask(provider());
    const [request] = server.requests;
    expect(request?.path).toBe('/v1/chat/completions');
    expect(request?.headers).toMatchObject({ authorization: 'Bearer sk-test', 'content-type': 'application/json' });
    expect(request?.body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('carries what the settings say: upstream name, bounds, headers, organization', async () => {
    const from = provider({
      models: [{ id: 'm', name: 'M', upstreamId: 'vendor/m-2' }],
      maxOutputTokens: 100,
      temperature: 0.5,
      organization: 'org-1',
      project: 'proj-1',
      headers: { 'X-Title': 'chat', 'User-Agent': 'mine' },
    });
    await ask(from, { ...hello, endUser: 'abc' });
    expect(server.requests[0]?.body).toMatchObject({
      model: 'vendor/m-2',
      max_tokens: 100,
      temperature: 0.5,
      user: 'abc',
    });
    expect(server.requests[0]?.headers).toMatchObject({
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
      'x-title': 'chat',
      'user-agent': 'mine',
    });
  });

  it('keeps the query of the base URL, and names no end user where that is off', async () => {
    await ask(provider({ baseUrl: `${server.baseUrl}/?api-version=1`, sendEndUser: false }), {
      ...hello,
      endUser: 'abc',
    });
    expect(server.requests[0]?.path).toBe('/v1/chat/completions?api-version=1');
    expect(server.requests[0]?.body).not.toHaveProperty('user');
  });

  it('takes nothing from the environment and tells nothing of this machine', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-env');
    vi.stubEnv('OPENAI_ADMIN_KEY', 'sk-admin-env');
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:1/');
    vi.stubEnv('OPENAI_ORG_ID', 'org-env');
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-env');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-env: 1');
    vi.stubEnv('OPENAI_LOG', 'debug');
    await ask(provider());
    const names = Object.keys(server.requests[0]?.headers ?? {}).sort();
    expect(names).toEqual([
      'accept',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ]);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer sk-test');
  });

  it('goes without a key where the endpoint asks for none', async () => {
    const from = createOpenAiProvider(
      { name: 'up', baseUrl: server.baseUrl, models: [{ id: 'm', name: 'M' }] },
      { clock: systemClock, log: silentLog },
    );
    open.push(from);
    await ask(from);
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('is asked again without the wish for usage where the endpoint refuses that, and so are all after it', async () => {
    server.reply(failure(400, { error: { message: 'Unrecognized request argument: stream_options', param: null } }));
    const from = provider();
    expect((await ask(from)).pieces.join('')).toBe('Echo: hello');
    await ask(from);
    expect(server.requests.map(({ body }) => 'stream_options' in body)).toEqual([true, false, false]);
  });

  it('is asked again without it too where a first 422 explains itself in a way of its own', async () => {
    server.reply(failure(422, { detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'] }] }));
    expect((await ask(provider())).pieces.join('')).toBe('Echo: hello');
  });

  it('is not asked again where the endpoint has understood the wish before', async () => {
    const from = provider();
    await ask(from);
    server.reply(failure(400, { error: { message: 'no' } }));
    await expect(ask(from)).rejects.toMatchObject({ kind: 'rejected' });
    expect(server.requests).toHaveLength(2);
  });

  it('is not asked again for what lies in the question, nor remembered where the second try fails too', async () => {
    const from = provider();
    server.reply(failure(400, { error: { code: 'context_length_exceeded', message: 'too long' } }));
    await expect(ask(from)).rejects.toMatchObject({ kind: 'too_long' });
    expect(server.requests).toHaveLength(1);
    server.reply(failure(400, { error: { message: 'no' } }), failure(400, { error: { message: 'no' } }));
    await expect(ask(from)).rejects.toMatchObject({ kind: 'rejected' });
    await ask(from);
    expect(server.requests.map(({ body }) => 'stream_options' in body)).toEqual([true, true, false, true]);
  });

  it('is asked once, whatever comes of it', async () => {
    const from = provider();
    server.reply(failure(500, 'no'), failure(429, 'no'), failure(408, 'no'), failure(409, 'no'), [
      head(),
      piece('a'),
      cut,
    ]);
    for (let count = 1; count <= 5; count += 1) {
      await expect(ask(from)).rejects.toMatchObject({ name: 'LlmError' });
      expect(server.requests).toHaveLength(count);
    }
  });
});

describe('the connections', () => {
  it('are used again', async () => {
    const from = provider();
    for (let count = 0; count < 20; count += 1) await ask(from);
    // An answer is complete at its last event; a question that comes before the end of the body has been read takes a second connection.
    expect(server.connections.accepted).toBeLessThanOrEqual(2);
  });

  it('are no more than allowed: further questions wait, and over the line they are refused unasked', async () => {
    const go = deferred<void>();
    const slow = [head(), piece('a'), gate(go.promise), finish(), done];
    server.reply(slow, slow, slow);
    const from = provider({ maxConnections: 2, maxWaiting: 1 });
    const answers = [ask(from), ask(from), ask(from)];
    await expect(ask(from)).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 1_000 });
    await server.request(1);
    expect(server.requests).toHaveLength(2);
    go.resolve();
    expect(await Promise.all(answers)).toHaveLength(3);
    expect(server.connections.accepted).toBe(2);
    expect((await ask(from)).pieces.join('')).toBe('Echo: hello');
  });

  it('are closed with the provider, and with them what is under way', async () => {
    server.reply([head(), piece('a'), hang]);
    const from = provider();
    const heard = deferred<void>();
    const outcome = from.ask(hello, () => heard.resolve(), never).catch((error: unknown) => error);
    await heard.promise;
    await from.close();
    expect(await outcome).toMatchObject({ kind: 'cut' });
    await eventually(() => server.connections.open === 0);
    await expect(ask(from)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('a question that is withdrawn', () => {
  it.each([
    ['before the headers', [hang]],
    ['before the first piece', [head(), hang]],
    ['in the middle of the answer', [head(), piece('a'), hang]],
  ])('%s hangs up at once and rejects as aborted', async (_when, reply) => {
    server.reply(reply);
    const caller = new AbortController();
    const outcome = ask(provider(), hello, caller.signal).catch((error: unknown) => error);
    const request = await server.request(0);
    caller.abort();
    expect(await outcome).toMatchObject({ name: 'LlmError', kind: 'aborted' });
    await request.abandoned;
    expect(request.isAbandoned).toBe(true);
  });

  it('from within a piece is told no further piece', async () => {
    server.reply([head(), raw(`${eventText('a')}${eventText('b')}`), hang]);
    const caller = new AbortController();
    const pieces: string[] = [];
    const outcome = provider().ask(
      hello,
      (text) => {
        pieces.push(text);
        caller.abort();
      },
      caller.signal,
    );
    await expect(outcome).rejects.toMatchObject({ kind: 'aborted' });
    expect(pieces).toEqual(['a']);
    await (await server.request(0)).abandoned;
  });

  it('while it waits for a connection is never sent', async () => {
    const go = deferred<void>();
    server.reply([head(), piece('a'), gate(go.promise), finish(), done]);
    const from = provider({ maxConnections: 1 });
    const first = ask(from);
    await server.request(0);
    const caller = new AbortController();
    const second = ask(from, hello, caller.signal).catch((error: unknown) => error);
    await Promise.resolve();
    caller.abort();
    expect(await second).toMatchObject({ kind: 'aborted' });
    go.resolve();
    await first;
    await ask(from);
    expect(server.requests).toHaveLength(2);
  });

  it('before it was asked is not sent', async () => {
    await expect(ask(provider(), hello, AbortSignal.abort())).rejects.toMatchObject({ kind: 'aborted' });
    expect(server.connections.accepted).toBe(0);
  });

  it('leaves no listener on a signal that lives on', async () => {
    const added = vi.spyOn(AbortSignal.prototype, 'addEventListener');
    const removed = vi.spyOn(AbortSignal.prototype, 'removeEventListener');
    const longLived = new AbortController().signal;
    await ask(provider(), hello, longLived);
    const on = (calls: { mock: { contexts: unknown[] } }) =>
      calls.mock.contexts.filter((one) => one === longLived).length;
    expect(on(added)).toBeGreaterThan(0);
    // It goes when the body has been read, which is a moment after the answer.
    await eventually(() => on(removed) === on(added));
  });
});

function eventText(content: string): string {
  const step = event({ choices: [{ index: 0, delta: { content } }] });
  return step.kind === 'send' ? step.bytes.toString('utf8') : '';
}
