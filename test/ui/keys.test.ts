// Station: test/ui. What each key means.
import { describe, expect, it } from 'vitest';
import { actionsOf, keyHelp, keysOf, type PressedKey } from '../../src/cli/ui/keys.js';

const none: PressedKey = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  meta: false,
  backspace: false,
  delete: false,
  tab: false,
  pageUp: false,
  pageDown: false,
};
const writing = { isPasting: false, isEmpty: false };
const empty = { isPasting: false, isEmpty: true };
const pasting = { isPasting: true, isEmpty: false };

describe('keys', () => {
  it.each<[string, string, Partial<PressedKey>, unknown]>([
    ['a letter', 'a', {}, [{ kind: 'write', text: 'a' }]],
    ['Enter', '\r', { return: true }, [{ kind: 'submit' }]],
    ['Alt-Enter', '\r', { return: true, meta: true }, [{ kind: 'write', text: '\n' }]],
    ['Ctrl-J', '\n', {}, [{ kind: 'write', text: '\n' }]],
    ['Left', '', { leftArrow: true }, [{ kind: 'edit', key: 'left' }]],
    ['Ctrl-Left', '', { leftArrow: true, ctrl: true }, [{ kind: 'edit', key: 'word_left' }]],
    ['Alt-Right', '', { rightArrow: true, meta: true }, [{ kind: 'edit', key: 'word_right' }]],
    ['Right', '', { rightArrow: true }, [{ kind: 'edit', key: 'right' }]],
    ['Up', '', { upArrow: true }, [{ kind: 'edit', key: 'up' }]],
    ['Down', '', { downArrow: true }, [{ kind: 'edit', key: 'down' }]],
    ['Home', '', { home: true }, [{ kind: 'edit', key: 'home' }]],
    ['End', '', { end: true }, [{ kind: 'edit', key: 'end' }]],
    ['Backspace', '', { delete: true }, [{ kind: 'edit', key: 'backspace' }]],
    ['Ctrl-H', '', { backspace: true }, [{ kind: 'edit', key: 'backspace' }]],
    ['Alt-Backspace', '', { delete: true, meta: true }, [{ kind: 'edit', key: 'delete_word' }]],
    ['Ctrl-W', 'w', { ctrl: true }, [{ kind: 'edit', key: 'delete_word' }]],
    ['Ctrl-C', 'c', { ctrl: true }, [{ kind: 'interrupt' }]],
    ['Ctrl-D in a draft', 'd', { ctrl: true }, [{ kind: 'edit', key: 'delete' }]],
    ['Ctrl-Q', 'q', { ctrl: true }, []],
    ['Alt-B', 'b', { meta: true }, [{ kind: 'edit', key: 'word_left' }]],
    ['Alt-F', 'f', { meta: true }, [{ kind: 'edit', key: 'word_right' }]],
    ['Alt-Z', 'z', { meta: true }, []],
    ['Tab', '\t', { tab: true }, []],
    ['Page up', '', { pageUp: true }, []],
    ['F1', '', {}, [{ kind: 'show_keys' }]],
    ['Escape', '', { escape: true, meta: true }, [{ kind: 'hide_keys' }]],
    ['a question mark in a draft', '?', {}, [{ kind: 'write', text: '?' }]],
  ])('%s', (_, input, key, actions) => {
    expect(actionsOf(input, { ...none, ...key }, writing)).toEqual(actions);
  });

  it('on an empty line: ? shows the keys, Ctrl-D ends', () => {
    expect(actionsOf('?', none, empty)).toEqual([{ kind: 'show_keys' }]);
    expect(actionsOf('d', { ...none, ctrl: true }, empty)).toEqual([{ kind: 'quit' }]);
  });

  it('read at once are taken one after another', () => {
    const keys = keysOf('one\rtwo\rthree', none, false);
    expect(keys.flatMap(([input, key]) => actionsOf(input, key, writing))).toEqual([
      { kind: 'write', text: 'one' },
      { kind: 'submit' },
      { kind: 'write', text: 'two' },
      { kind: 'submit' },
      { kind: 'write', text: 'three' },
    ]);
  });

  it('between the marks of a paste are text, line ends too, escape sequences gone', () => {
    expect(actionsOf('[200~', none, writing)).toEqual([{ kind: 'paste', isOn: true }]);
    expect(actionsOf('\r', { ...none, return: true }, pasting)).toEqual([{ kind: 'write', text: '\n' }]);
    expect(actionsOf('a\rb\u001b[31m', none, pasting)).toEqual([{ kind: 'write', text: 'a\nb' }]);
    expect(actionsOf('x', { ...none, ctrl: true }, pasting)).toEqual([]);
    expect(actionsOf('c', { ...none, ctrl: true }, pasting)).toEqual([
      { kind: 'paste', isOn: false },
      { kind: 'interrupt' },
    ]);
    expect(actionsOf('[201~', none, pasting)).toEqual([{ kind: 'paste', isOn: false }]);
  });

  it('are explained', () => {
    expect(keyHelp.map(([key]) => key)).toContain('Ctrl-C');
  });
});

describe('keys that a busy machine hands over as one', () => {
  const split = (input: string, isPasting = false) =>
    keysOf(input, none, isPasting).map(([text, key]) => [
      text,
      ...Object.entries(key).flatMap(([name, isOn]) => (isOn ? [name] : [])),
    ]);

  it('a command behind a draft is not dropped, so that the Enter behind it does not send the draft', () => {
    expect(split('draft for dan\x13\r')).toEqual([['draft for dan'], ['s', 'ctrl'], ['', 'return']]);
  });

  it.each([
    [
      '\x13\x02',
      [
        ['s', 'ctrl'],
        ['b', 'ctrl'],
      ],
    ],
    ['a\tb', [['a'], ['', 'tab'], ['b']]],
    ['ab\x7f\bc', [['ab'], ['', 'delete'], ['', 'delete'], ['c']]],
    ['one\rtwo\r', [['one'], ['', 'return'], ['two'], ['', 'return']]],
    ['one\ntwo', [['one\ntwo']]],
    ['日本\x03', [['日本'], ['c', 'ctrl']]],
  ])('%j is told apart', (input, expected) => {
    expect(split(input)).toEqual(expected);
  });

  it('leaves alone what is one key, and what is pasted', () => {
    expect(split('a')).toEqual([['a']]);
    expect(split('')).toEqual([['']]);
    expect(split('a\x13\r', true)).toEqual([['a\x13\r']]);
    expect(keysOf('c', { ...none, ctrl: true }, false)).toEqual([['c', { ...none, ctrl: true }]]);
  });
});
