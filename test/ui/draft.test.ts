// Station: test/ui. The line being written, key by key.
import { describe, expect, it } from 'vitest';
import { type Draft, type DraftKey, emptyDraft, press, sent, write } from '../../src/cli/ui/draft.js';
import { draftRows } from '../../src/cli/ui/draft-rows.js';

/** A draft from a text in which `|` marks the cursor. */
function at(marked: string, history: readonly string[] = []): Draft {
  const cursor = marked.indexOf('|');
  return { ...emptyDraft, text: marked.replace('|', ''), cursor, history };
}

function marked({ text, cursor }: Draft): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

describe('editing', () => {
  it.each<[string, DraftKey, string]>([
    ['ab|c', 'left', 'a|bc'],
    ['|abc', 'left', '|abc'],
    ['ab|c', 'right', 'abc|'],
    ['abc|', 'right', 'abc|'],
    ['a👨‍👩‍👧|b', 'left', 'a|👨‍👩‍👧b'],
    ['a|👨‍👩‍👧b', 'right', 'a👨‍👩‍👧|b'],
    ['a👨‍👩‍👧|b', 'backspace', 'a|b'],
    ['|ab', 'backspace', '|ab'],
    ['a|👍🏽b', 'delete', 'a|b'],
    ['ab|', 'delete', 'ab|'],
    ['one two |three', 'word_left', 'one |two three'],
    ['one| two three', 'word_right', 'one two| three'],
    ['one two  |three', 'delete_word', 'one |three'],
    ['x\none t|wo\ny', 'home', 'x\n|one two\ny'],
    ['x\none t|wo\ny', 'end', 'x\none two|\ny'],
    ['x\none t|wo\ny', 'delete_to_start', 'x\n|wo\ny'],
    ['x\none t|wo\ny', 'delete_to_end', 'x\none t|\ny'],
    ['ab\nabcd|', 'up', 'ab|\nabcd'],
    ['abcd\na|b', 'up', 'a|bcd\nab'],
    ['abc|d\nab', 'down', 'abcd\nab|'],
    ['a|bcd\nab\nx', 'down', 'abcd\na|b\nx'],
  ])('%j, %s', (before, key, after) => {
    expect(marked(press(at(before), key))).toBe(after);
  });

  it('writes at the cursor, as much as a message may have', () => {
    expect(marked(write(at('a|b'), 'xy', 10))).toBe('axy|b');
    expect(marked(write(at('a|b'), '😀😀😀', 4))).toBe('a😀😀|b');
    expect(marked(write(at('abcd|'), 'x', 4))).toBe('abcd|');
  });
});

describe('history', () => {
  it('brings back what was sent, and the draft after it', () => {
    let draft = at('new|', ['one', 'two']);
    const keys: DraftKey[] = ['up', 'up', 'up', 'down', 'down', 'down'];
    const seen = keys.map((key) => {
      draft = press(draft, key);
      return draft.text;
    });
    expect(seen).toEqual(['two', 'one', 'one', 'two', 'new', 'new']);
  });

  it('takes what was sent once, and no more than it keeps', () => {
    let draft = emptyDraft;
    for (const text of ['a', 'b', 'b']) draft = sent(write(draft, text, 10));
    expect(draft).toMatchObject({ text: '', cursor: 0, history: ['a', 'b'] });
    for (let n = 0; n < 200; n += 1) draft = sent(write(draft, `m${n}`, 10));
    expect(draft.history).toHaveLength(100);
  });

  it('lets what it brought back be changed', () => {
    const edited = write(press(at('|', ['one']), 'up'), '!', 10);
    expect(edited).toMatchObject({ text: 'one!', shown: null });
  });
});

describe('the rows of a draft', () => {
  const rows = (draft: Draft, columns: number, maxRows = 10) =>
    draftRows(draft, columns, maxRows).map(({ before, cursor, after }) =>
      cursor === null ? before : `${before}[${cursor}]${after}`,
    );

  it('show the cursor on a character, at the end, and on a line end', () => {
    expect(rows(at('ab|c'), 10)).toEqual(['ab[c]']);
    expect(rows(at('abc|'), 10)).toEqual(['abc[ ]']);
    expect(rows(at('ab|\nc'), 10)).toEqual(['ab[ ]', 'c']);
    expect(rows(at('|'), 10)).toEqual(['[ ]']);
  });

  it('wrap with room for the cursor, wide characters whole', () => {
    expect(rows(at('abcdef|'), 4)).toEqual(['abc', 'def', '[ ]']);
    expect(rows(at('你好|'), 4)).toEqual(['你', '好[ ]']);
  });

  it('are those around the cursor when there are too many', () => {
    const text = Array.from({ length: 20 }, (_, n) => `l${n}`).join('\n');
    expect(rows({ ...emptyDraft, text, cursor: text.length }, 10, 3)).toEqual(['l17', 'l18', 'l19[ ]']);
    expect(rows({ ...emptyDraft, text, cursor: 0 }, 10, 3)).toEqual(['[l]0', 'l1', 'l2']);
    expect(rows({ ...emptyDraft, text, cursor: text.indexOf('l9') }, 10, 3)).toEqual(['l8', '[l]9', 'l10']);
  });
});
