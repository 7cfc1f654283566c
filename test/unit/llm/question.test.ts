// Station: test/unit. The body of a question.
import { describe, expect, it } from 'vitest';
import type { OpenAiSettings } from '../../../src/server/llm/openai/openai-settings.js';
import { question, questionTemplate } from '../../../src/server/llm/openai/question.js';
import type { LlmMessage } from '../../../src/server/ports/llm.js';

const settings: OpenAiSettings = { name: 'up', baseUrl: 'https://example.org', models: [{ id: 'm', name: 'M' }] };

function ask(messages: readonly LlmMessage[], more: Partial<OpenAiSettings> = {}, host = 'example.org') {
  return question(questionTemplate({ ...settings, ...more }, host), { modelId: 'm', messages }, true);
}

describe('the body of a question', () => {
  it('keeps roles, order and words', () => {
    const messages: LlmMessage[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: ' a\n' },
      { role: 'assistant', content: '' },
      { role: 'user', content: 'b' },
    ];
    expect(ask(messages).messages).toEqual(messages);
  });

  it.each([
    ['Anna', 'Anna'],
    ['Åsa Öberg', 'Asa_Oberg'],
    ['a<b>|c/d\\e f', 'a_b_c_d_e_f'],
    ['x'.repeat(100), 'x'.repeat(64)],
    ['阿明', undefined],
    ['', undefined],
  ])('names %j in a way that endpoints accept', (name, sent) => {
    const [message] = ask([{ role: 'assistant', content: 'hi', name }]).messages;
    expect(message).toEqual(
      sent === undefined ? { role: 'assistant', content: 'hi' } : { role: 'assistant', content: 'hi', name: sent },
    );
  });

  it('bounds the answer in the field that the endpoint knows', () => {
    expect(ask([], { maxOutputTokens: 5 })).toMatchObject({ max_tokens: 5 });
    expect(ask([], { maxOutputTokens: 5 }, 'api.openai.com')).toMatchObject({ max_completion_tokens: 5 });
    const told = ask([], { maxOutputTokens: 5, maxOutputTokensField: 'max_tokens' }, 'api.openai.com');
    expect(told).toMatchObject({ max_tokens: 5 });
    expect(told).not.toHaveProperty('max_completion_tokens');
  });

  it('never asks for tools, nor for more than one answer', () => {
    expect(Object.keys(ask([])).sort()).toEqual(['messages', 'model', 'stream', 'stream_options']);
  });
});
