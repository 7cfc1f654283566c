// Station: test/ui. Text in cells: wrapping, tails, cuts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutLine, graphemesOf, tailOf, widthOf, wrapText } from '../../src/cli/ui/layout.js';

describe('the width of text', () => {
  it.each([
    ['abc', 3],
    ['你好', 4],
    ['👨‍👩‍👧', 2],
    ['👍🏽', 2],
    ['é', 1],
    ['', 0],
  ])('%s takes %i cells', (text, cells) => {
    expect(widthOf(text)).toBe(cells);
  });

  it('is counted by what a reader sees as a character', () => {
    expect(graphemesOf('a👨‍👩‍👧é')).toEqual(['a', '👨‍👩‍👧', 'é']);
  });
});

describe('wrapping', () => {
  it('breaks at spaces, at line ends, and inside of words that are too long', () => {
    expect(wrapText('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
    expect(wrapText('a\n\nb', 10)).toEqual(['a', '', 'b']);
    expect(wrapText('abcdefgh ij', 3)).toEqual(['abc', 'def', 'gh', 'ij']);
    expect(wrapText('', 10)).toEqual(['']);
    expect(wrapText('ab', 0)).toEqual(['a', 'b']);
  });

  it('does not cut a wide character in two', () => {
    expect(wrapText('你好你好', 5)).toEqual(['你好', '你好']);
    expect(wrapText('👨‍👩‍👧👨‍👩‍👧', 3)).toEqual(['👨‍👩‍👧', '👨‍👩‍👧']);
  });

  it('never makes a line wider than the terminal, and loses nothing but spaces', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('你好', '👨‍👩‍👧', 'word', ' ', '\n', 'aVeryLongWordThatDoesNotFit'),
    );
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 2, max: 20 }), (words, columns) => {
        const text = words.join(' ');
        const lines = wrapText(text, columns);
        expect(lines.every((line) => widthOf(line) <= columns)).toBe(true);
        expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      }),
    );
  });
});

describe('the tail of a long answer', () => {
  it('is its last lines', () => {
    expect(tailOf('one\ntwo\nthree', 10, 2)).toEqual(['two', 'three']);
    expect(tailOf('one', 10, 5)).toEqual(['one']);
  });

  it('fills its rows however long the answer is, and never begins inside of a character', () => {
    const lines = tailOf('😀'.repeat(50_000), 20, 4);
    expect(lines).toEqual(Array.from({ length: 4 }, () => '😀'.repeat(10)));
    expect(tailOf(`x${'😀'.repeat(999)}`, 20, 4).join('')).toMatch(/^😀+$/u);
  });
});

describe('a line that is too long', () => {
  it('is cut where it can be seen', () => {
    expect(cutLine('hello', 5)).toBe('hello');
    expect(cutLine('hello world', 6)).toBe('hello…');
    expect(cutLine('你好你好', 4)).toBe('你…');
    expect(cutLine('hello', 0)).toBe('');
  });
});
