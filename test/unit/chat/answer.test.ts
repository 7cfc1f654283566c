// What a replica knows of an answer that another one writes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Answer } from '../../../src/server/chat/answer.js';

const begun = () => new Answer('s:1:1', 0, 'echo', 0);

describe('an answer as it is heard', () => {
  it('grows by each piece that follows', () => {
    const answer = begun();
    expect(answer.take(0, 'Once ')).toBe('Once ');
    expect(answer.take(5, 'upon')).toBe('upon');
    expect(answer.text).toBe('Once upon');
    expect(answer.hasGap).toBe(false);
  });

  it('takes of a repeat or an overlap only what is new', () => {
    const answer = begun();
    answer.take(0, 'Once ');
    expect(answer.take(0, 'Once ')).toBe('');
    expect(answer.take(3, 'e upon')).toBe('upon');
    expect(answer.text).toBe('Once upon');
  });

  it('takes nothing after a gap, until the checkpoint closes it, and then also what was heard beyond', () => {
    const answer = begun();
    answer.take(0, 'a');
    expect(answer.take(3, 'd')).toBe('');
    expect(answer.take(4, 'e')).toBe('');
    expect(answer.hasGap).toBe(true);
    expect(answer.catchUp('ab')).toBe('b');
    expect(answer.hasGap).toBe(true);
    expect(answer.catchUp('abcd')).toBe('cde');
    expect(answer.hasGap).toBe(false);
    expect(answer.take(5, 'f')).toBe('f');
  });

  it('keeps of what was heard after two gaps the later part', () => {
    const answer = begun();
    answer.take(2, 'c');
    answer.take(5, 'f');
    expect(answer.catchUp('abcde')).toBe('abcdef');
  });

  it('whatever is lost, repeated or late, holds a beginning of the text, and all of it after a last checkpoint', () => {
    const whole = 'The quick brown fox, 👩‍👩‍👧, jumps over the lazy dog.';
    const event = fc.oneof(
      fc.record({ kind: fc.constant('piece' as const), from: fc.nat(whole.length), to: fc.nat(whole.length) }),
      fc.record({ kind: fc.constant('checkpoint' as const), from: fc.constant(0), to: fc.nat(whole.length) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const answer = begun();
        let told = '';
        for (const { kind, from, to } of events) {
          const piece = whole.slice(Math.min(from, to), Math.max(from, to));
          told += kind === 'piece' ? answer.take(Math.min(from, to), piece) : answer.catchUp(whole.slice(0, to));
          expect(whole.startsWith(answer.text)).toBe(true);
          expect(told).toBe(answer.text);
        }
        told += answer.catchUp(whole);
        expect(told).toBe(whole);
      }),
    );
  });
});
