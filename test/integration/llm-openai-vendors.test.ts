// Station: test/integration. Streams in the shapes that vendors document, replayed over a real socket.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { createOpenAiProvider } from '../../src/server/llm/openai/openai-provider.js';
import type { Completion, LlmProvider } from '../../src/server/ports/llm.js';
import { silentLog } from '../helpers/llm-calls.js';
import { head, type ReplyStep, raw } from '../helpers/openai-replies.js';
import { type OpenAiServer, startOpenAiServer } from '../helpers/openai-server.js';

interface Recorded {
  readonly vendor: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stream: string;
  readonly text: string;
  readonly completion: Completion;
}

const events = (...chunks: readonly unknown[]): string =>
  chunks.map((chunk) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`).join('');

const recorded: readonly Recorded[] = [
  {
    vendor: 'OpenAI: role first, null usage in each chunk, usage last with no choices, obfuscation',
    stream: events(
      openAi({ role: 'assistant', content: '', refusal: null }, null, { usage: null, obfuscation: 'aZ3' }),
      openAi({ content: 'Hello' }, null, { usage: null, obfuscation: 'k' }),
      openAi({ content: '!' }, null, { usage: null, obfuscation: 'Qq1x' }),
      openAi({}, 'stop', { usage: null }),
      {
        ...openAi({}, null),
        choices: [],
        usage: {
          prompt_tokens: 9,
          completion_tokens: 2,
          total_tokens: 11,
          prompt_tokens_details: { cached_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: 0 },
        },
      },
      '[DONE]',
    ),
    text: 'Hello!',
    completion: { finish: 'stop', usage: { promptTokens: 9, completionTokens: 2 } },
  },
  {
    vendor: 'vLLM: usage so far in every chunk, reasoning before the answer, stop_reason',
    stream: events(
      chunk({ role: 'assistant', content: '' }, { usage: counted(9, 0) }),
      chunk({ reasoning_content: 'The user greets me.' }, { usage: counted(9, 4) }),
      chunk({ content: 'Hel' }, { usage: counted(9, 5) }),
      chunk({ content: 'lo' }, { usage: counted(9, 6) }),
      {
        ...chunk({ content: '' }),
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'stop', stop_reason: 2 }],
      },
      { id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [], usage: counted(9, 7) },
      '[DONE]',
    ),
    text: 'Hello',
    completion: { finish: 'stop', usage: { promptTokens: 9, completionTokens: 7 } },
  },
  {
    vendor: 'Ollama: role in each chunk, finish with empty content, plain fingerprint',
    stream: events(
      { ...chunk({ role: 'assistant', content: 'Hel' }), system_fingerprint: 'fp_ollama' },
      { ...chunk({ role: 'assistant', content: 'lo' }), system_fingerprint: 'fp_ollama' },
      { id: 'chatcmpl-7', choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: 'stop' }] },
      { id: 'chatcmpl-7', choices: [], usage: counted(26, 3) },
      '[DONE]',
    ),
    text: 'Hello',
    completion: { finish: 'stop', usage: { promptTokens: 26, completionTokens: 3 } },
  },
  {
    vendor: 'OpenRouter: comments while it waits, its own finish beside ours, usage with a cost',
    stream:
      ': OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n' +
      events(
        { ...chunk({ role: 'assistant', content: 'Hel' }), provider: 'Some' },
        { ...chunk({ role: 'assistant', content: 'lo' }), provider: 'Some' },
        {
          provider: 'Some',
          choices: [
            {
              index: 0,
              delta: { role: 'assistant', content: '' },
              finish_reason: 'length',
              native_finish_reason: 'max_tokens',
            },
          ],
        },
        {
          provider: 'Some',
          choices: [{ index: 0, delta: { content: '' } }],
          usage: { ...counted(14, 4), cost: 0.0001 },
        },
        '[DONE]',
      ),
    text: 'Hello',
    completion: { finish: 'length', usage: { promptTokens: 14, completionTokens: 4 } },
  },
  {
    vendor: 'Azure: a first chunk of prompt filter results without choices, filter results in each, filtered end',
    headers: { 'apim-request-id': 'a', 'x-ms-region': 'Here' },
    stream: events(
      {
        id: '',
        object: '',
        created: 0,
        model: '',
        choices: [],
        prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false } } }],
      },
      chunk({ role: 'assistant' }),
      { ...chunk({ content: 'Hel' }), content_filter_results: {} },
      { choices: [{ index: 0, finish_reason: null, content_filter_results: {}, content_filter_offsets: {} }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'content_filter' }] },
      '[DONE]',
    ),
    text: 'Hel',
    completion: { finish: 'filtered', usage: null },
  },
  {
    vendor: 'a proxy on Windows: carriage returns, no space behind the colon, event names, no DONE',
    stream: [
      'event: message',
      'data:{"choices":[{"delta":{"content":"Hello"}}]}',
      '',
      'data:{"choices":[{"delta":{},"finish_reason":"stop"}]}',
      '',
      '',
    ].join('\r\n'),
    text: 'Hello',
    completion: { finish: 'stop', usage: null },
  },
];

let server: OpenAiServer;
let provider: LlmProvider;

beforeEach(async () => {
  server = await startOpenAiServer();
  provider = createOpenAiProvider(
    { name: 'up', baseUrl: server.baseUrl, apiKey: 'k', models: [{ id: 'm', name: 'M' }] },
    { clock: systemClock, log: silentLog },
  );
});

afterEach(async () => {
  await provider.close();
  await server.close();
});

describe('the stream of a vendor', () => {
  it.each(recorded)('reads $vendor', async ({ headers, stream, text, completion }) => {
    // Whole, cut into small packets, and byte by byte: the same answer.
    for (const packetBytes of [stream.length, 17, 1]) {
      const steps: ReplyStep[] = [head(headers), raw(stream, packetBytes)];
      server.reply(steps);
      let heard = '';
      const ended = await provider.ask(
        { modelId: 'm', messages: [{ role: 'user', content: 'hello' }] },
        (piece) => {
          heard += piece;
        },
        new AbortController().signal,
      );
      expect([heard, ended]).toEqual([text, completion]);
    }
  });
});

function openAi(delta: object, finishReason: string | null, more: object = {}): object {
  return {
    id: 'chatcmpl-AbC',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'gpt-test-2025-01-01',
    service_tier: 'default',
    system_fingerprint: 'fp_1',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...more,
  };
}

function chunk(delta: object, more: object = {}): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'm',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
    ...more,
  };
}

function counted(prompt: number, completion: number): object {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
