// What the model is shown.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens, historyWindow } from '../../../src/server/chat/history-window.js';
import { turnIdOf, turnPrefix } from '../../../src/server/chat/turn-key.js';
import type { Aside, Entry, FloorHolder, LogEntry, MessageEntry } from '../../../src/server/ports/store.js';
import { messageOf } from '../../helpers/store-fixtures.js';

const ai: FloorHolder = { kind: 'ai' };
const root: FloorHolder = { kind: 'admin', id: 'root', name: 'Root' };
const logOf = (...entries: Entry[]): LogEntry[] => entries.map((entry, at) => ({ seq: at + 1, entry }));
const said = (content: string) => messageOf(content, { content });

function answered(content: string, through: number, more: Partial<MessageEntry> = {}): Entry {
  return messageOf(`${content} ${through}`, {
    sender: 'ai',
    type: 'ai_response',
    authorId: null,
    authorName: null,
    content,
    answersThrough: through,
    end: 'complete',
    ...more,
  });
}

const wide = { systemPrompt: 'Be brief.', budgetTokens: 1_000 };
const contents = (log: readonly LogEntry[], request = wide) =>
  historyWindow(log, request).map(({ content }) => content);

describe('the history that the model sees', () => {
  it('R18: is the system prompt and the conversation, verbatim, oldest first', () => {
    const log = logOf(said('<b>hi</b> \\n'), answered('hello', 1), said('and?'));
    expect(historyWindow(log, wide)).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: '<b>hi</b> \\n' },
      { role: 'assistant', content: 'hello' },
      { role: 'user', content: 'and?' },
    ]);
    expect(historyWindow(log, { ...wide, systemPrompt: '' })[0]?.role).toBe('user');
  });

  it('takes three bytes as a token, rounded up', () => {
    expect([estimateTokens(''), estimateTokens('abc'), estimateTokens('abcd'), estimateTokens('é€')]).toEqual([
      0, 1, 2, 2,
    ]);
  });

  it('drops the oldest exchanges whole, never an answer without its question', () => {
    const log = logOf(
      said('a'.repeat(30)),
      answered('b'.repeat(30), 1),
      said('c'.repeat(30)),
      answered('d'.repeat(30), 3),
      said('e'),
    );
    // Each costs 14 tokens, the last 5: room for one exchange and the newest, not for half an exchange more.
    expect(contents(log, { systemPrompt: '', budgetTokens: 5 + 28 + 27 })).toEqual([
      'c'.repeat(30),
      'd'.repeat(30),
      'e',
    ]);
    expect(contents(log, { systemPrompt: '', budgetTokens: 5 + 28 + 28 })).toHaveLength(5);
  });

  it('shows of an exchange that is over the budget by itself the newest message alone', () => {
    const log = logOf(said('x'.repeat(300)), said('short'));
    expect(contents(log, { systemPrompt: '', budgetTokens: 20 })).toEqual(['short']);
  });

  it('says that a message is too long when it does not fit even alone, or when the system prompt leaves no room', () => {
    const log = logOf(said('x'.repeat(300)));
    const tooLong = expect.objectContaining({ code: 'INVALID_FORMAT' });
    expect(() => historyWindow(log, { systemPrompt: '', budgetTokens: 103 })).toThrow(tooLong);
    expect(contents(log, { systemPrompt: '', budgetTokens: 104 })).toHaveLength(1);
    expect(() => historyWindow(log, { systemPrompt: 'y'.repeat(3_000), budgetTokens: 104 })).toThrow(tooLong);
  });

  it('R24: marks an answer that was cut, and no other', () => {
    const log = logOf(
      said('one'),
      answered('half', 1, { end: 'interrupted' }),
      said('two'),
      answered('stopped', 3, { end: 'cancelled' }),
      said('three'),
      answered('all', 5, { end: 'length' }),
    );
    expect(contents(log, { ...wide, systemPrompt: '' })).toEqual([
      'one',
      'half [this answer was cut off here]',
      'two',
      'stopped [this answer was cut off here]',
      'three',
      'all',
    ]);
  });

  it('on retry leaves out every attempt at that prompt and no other answer', () => {
    const id = (prompt: number, attempt: number) => ({ turnId: turnIdOf('s', prompt, attempt) });
    const log = logOf(
      said('one'),
      answered('first', 1, id(1, 1)),
      said('two'),
      answered('broken', 3, { ...id(3, 1), end: 'interrupted' }),
      answered('broken again', 3, { ...id(3, 2), end: 'interrupted' }),
    );
    const seen = historyWindow(log, { ...wide, systemPrompt: '', retryOf: turnPrefix('s', 3) });
    expect(seen.map(({ content }) => content)).toEqual(['one', 'first', 'two']);
    // The prefix of prompt 1 is not one of prompt 11.
    expect(turnIdOf('s', 11, 1).startsWith(turnPrefix('s', 1))).toBe(false);
  });

  it('puts an answer after what it answers, before what was said while it was being written', () => {
    const log = logOf(said('one'), said('two'), said('three'), answered('to one', 1), answered('to both', 3));
    expect(contents(log, { ...wide, systemPrompt: '' })).toEqual(['one', 'to one', 'two', 'three', 'to both']);
  });

  it('knows what a person said, as a named colleague, and that control returned; files are shown, the rest is not', () => {
    const log = logOf(
      said('help'),
      { at: 1, kind: 'floor', holder: root, previous: ai, epoch: 1 },
      messageOf('from root', { sender: 'admin', authorId: 'root', authorName: 'Root', content: 'I am here' }),
      { at: 1, kind: 'floor', holder: ai, previous: root, epoch: 2 },
      { at: 1, kind: 'model', modelId: 'other' },
      { at: 1, kind: 'help', place: 1 },
      { at: 1, kind: 'rename', name: 'x' },
      messageOf('file', { type: 'file_upload', content: '' }),
      { at: 1, kind: 'end', reason: 'user' },
    );
    expect(historyWindow(log, { ...wide, systemPrompt: '' })).toEqual([
      { role: 'user', content: 'help' },
      { role: 'assistant', name: 'Root', content: '[Root, a human colleague, said:] I am here' },
      { role: 'system', content: expect.stringContaining('Root') },
      { role: 'user', content: '[shared a file]' },
    ]);
    const nameless = logOf(messageOf('a', { sender: 'admin', authorName: null, content: 'hm' }));
    expect(historyWindow(nameless, { ...wide, systemPrompt: '' })).toMatchObject([{ name: 'colleague' }]);
  });

  const aside = (seq: number, text: string, kind: Aside['kind'] = 'whisper'): Aside => ({
    sessionId: 's',
    id: text,
    seq,
    kind,
    adminId: 'root',
    at: seq,
    text,
  });
  const told = (log: readonly LogEntry[], asides: readonly Aside[], budgetTokens = 1_000) =>
    historyWindow(log, { systemPrompt: '', budgetTokens, asides }).map(({ role, content }) =>
      role === 'system' ? content.replace(/^\[.*:\] /, '! ') : content,
    );

  it('has what people told the model beside the log at its place: after its entry and the answer to that, before what was said next', () => {
    const log = logOf(said('one'), said('while it answers'), answered('first', 1), said('three'));
    expect(
      told(log, [aside(0, 'before all'), aside(1, 'at one'), aside(3, 'at the answer'), aside(4, 'last', 'note')]),
    ).toEqual(['! before all', 'one', 'first', '! at one', 'while it answers', '! at the answer', 'three', '! last']);
  });

  it('leaves out what was told beside a part that is not shown, or after it', () => {
    const log = logOf(said('one'), answered('first', 1), said('two')).slice(2);
    expect(told(log, [aside(1, 'old'), aside(2, 'at the brink'), aside(3, 'now'), aside(9, 'later')])).toEqual([
      '! at the brink',
      'two',
      '! now',
    ]);
  });

  it('counts it, drops it with its exchange, and never in place of the newest message', () => {
    const log = logOf(said('a'.repeat(30)), answered('b'.repeat(30), 1), said('c'));
    expect(told(log, [aside(0, 'x'.repeat(90))], 60)).toEqual(['c']);
    expect(told(log, [aside(3, 'x'.repeat(300))], 60)).toEqual(['c']);
  });

  it('never costs more than the budget, and always ends with the newest message', () => {
    const turnsOf = fc.array(
      fc.record({ question: fc.string({ maxLength: 60 }), answer: fc.string({ maxLength: 60 }) }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(turnsOf, fc.integer({ min: 40, max: 400 }), (turns, budgetTokens) => {
        const entries = turns.flatMap(({ question, answer }, at) => [said(question), answered(answer, 2 * at + 1)]);
        const seen = historyWindow(logOf(...entries, said('newest')), { systemPrompt: 'p', budgetTokens });
        const spent = seen.reduce((sum, { content }) => sum + estimateTokens(content) + 4, 0);
        expect(spent).toBeLessThanOrEqual(budgetTokens);
        expect(seen.at(-1)?.content).toBe('newest');
        expect(seen[1]?.role).toBe('user');
      }),
    );
  });
});
