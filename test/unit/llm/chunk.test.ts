// Station: test/unit. Chunks as vendors write them, read loosely.
import { describe, expect, it } from 'vitest';
import { readChunk } from '../../../src/server/llm/openai/chunk.js';

const nothing = { text: '', finish: null, usage: null, error: null };
const read = (chunk: unknown) => readChunk(JSON.stringify(chunk));
const choice = (fields: object) => ({ choices: [{ index: 0, ...fields }] });

describe('a chunk of an answer', () => {
  it('says its text', () => {
    expect(read(choice({ delta: { content: 'hi' } }))).toEqual({ ...nothing, text: 'hi' });
  });

  it.each([
    ['a number', 7],
    ['null', null],
    ['a text', 'hi'],
    ['an empty object', {}],
    ['no choices', { choices: [] }],
    ['choices that are none', { choices: 'many' }],
    ['a choice that is none', { choices: [null] }],
    ['another choice than the first', { choices: [{ index: 1, delta: { content: 'other' } }] }],
    ['no delta', choice({})],
    ['a delta that is none', choice({ delta: 'hi' })],
    ['null content', choice({ delta: { role: 'assistant', content: null } })],
    ['content in parts', choice({ delta: { content: [{ type: 'text', text: 'hi' }] } })],
    ['reasoning', choice({ delta: { reasoning_content: 'hm' } })],
    ['a tool call', choice({ delta: { tool_calls: [{ index: 0 }] } })],
    ['a null finish', choice({ delta: {}, finish_reason: null })],
    ['an empty finish', choice({ delta: {}, finish_reason: '' })],
    ['a null error', { error: null }],
    ['an empty error', { error: '' }],
    ['null usage', { choices: [], usage: null }],
    ['usage in words', { choices: [], usage: { prompt_tokens: '1', completion_tokens: '2' } }],
    ['negative usage', { choices: [], usage: { prompt_tokens: -1, completion_tokens: 2 } }],
    ['half a usage', { choices: [], usage: { prompt_tokens: 1 } }],
  ])('says nothing with %s', (_name, chunk) => {
    expect(read(chunk)).toEqual(nothing);
  });

  it('says its text where the choice has no index', () => {
    expect(read({ choices: [{ delta: { content: 'hi' } }] }).text).toBe('hi');
    expect(read({ choices: [{ index: null, delta: { content: 'hi' } }] }).text).toBe('hi');
  });

  it('says a refusal, and the message of an answer that was not streamed', () => {
    expect(read(choice({ delta: { content: null, refusal: 'I will not.' } })).text).toBe('I will not.');
    expect(read(choice({ message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }))).toEqual({
      ...nothing,
      text: 'hi',
      finish: 'stop',
    });
  });

  it.each([
    ['stop', 'stop'],
    ['STOP', 'stop'],
    ['end_turn', 'stop'],
    ['tool_calls', 'stop'],
    ['function_call', 'stop'],
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['content_filter', 'filtered'],
    ['error', 'broken'],
    ['abort', 'broken'],
    ['constructor', 'broken'],
  ])('that finishes by %s, finishes as %s', (reason, finish) => {
    expect(read(choice({ delta: {}, finish_reason: reason })).finish).toBe(finish);
  });

  it('says the usage, with or without a choice', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    const read3and4 = { promptTokens: 3, completionTokens: 4 };
    expect(read({ choices: [], usage }).usage).toEqual(read3and4);
    expect(read({ usage }).usage).toEqual(read3and4);
    expect(read({ ...choice({ delta: { content: 'hi' } }), usage })).toEqual({
      ...nothing,
      text: 'hi',
      usage: read3and4,
    });
  });

  it('says the error in place of an answer, as an object or a sentence', () => {
    expect(read({ error: { message: 'no', code: 'x' } }).error).toEqual({ message: 'no', code: 'x' });
    expect(read({ error: 'no' }).error).toEqual({ message: 'no' });
  });

  it('throws where it is not JSON', () => {
    expect(() => readChunk('{"choices":')).toThrow(SyntaxError);
  });
});
