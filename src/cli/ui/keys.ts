// Station: cli/ui. What a key press means. Pure. Called by the screen with what Ink read.
import type { DraftKey } from './draft.js';
import { safeText } from './safe-text.js';

/** What the user wants. */
export type Action =
  | { readonly kind: 'edit'; readonly key: DraftKey }
  | { readonly kind: 'write'; readonly text: string }
  | { readonly kind: 'submit' }
  | { readonly kind: 'paste'; readonly isOn: boolean }
  | {
      readonly kind:
        | 'interrupt'
        | 'quit'
        | 'retry'
        | 'help_request'
        | 'new_session'
        | 'next_model'
        | 'send_again'
        | 'show_keys'
        | 'hide_keys';
    };

/** A key as Ink reads it: the names that are used here. */
export interface PressedKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly tab: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
}

/** What a key depends on. */
export interface KeyState {
  /** Between the marks of a bracketed paste: everything is text. */
  readonly isPasting: boolean;
  readonly isEmpty: boolean;
}

/** The keys and what they do, for the help. */
export const keyHelp: readonly (readonly [string, string])[] = [
  ['Enter', 'send'],
  ['Ctrl-J, Alt-Enter, \\ Enter', 'new line'],
  ['Up, Down', 'what you sent before'],
  ['Ctrl-C', 'stop the answer; again: quit'],
  ['Ctrl-R', 'ask the model again'],
  ['Ctrl-T', 'next model'],
  ['Ctrl-G', 'ask for a person'],
  ['Ctrl-X', 'send again what failed'],
  ['Ctrl-N', 'new conversation'],
  ['Ctrl-D', 'quit'],
  ['F1, or ? on an empty line', 'show or hide this'],
];

const controls: Readonly<Record<string, Action>> = {
  c: { kind: 'interrupt' },
  r: { kind: 'retry' },
  t: { kind: 'next_model' },
  g: { kind: 'help_request' },
  x: { kind: 'send_again' },
  n: { kind: 'new_session' },
  a: { kind: 'edit', key: 'home' },
  e: { kind: 'edit', key: 'end' },
  b: { kind: 'edit', key: 'left' },
  f: { kind: 'edit', key: 'right' },
  p: { kind: 'edit', key: 'up' },
  w: { kind: 'edit', key: 'delete_word' },
  u: { kind: 'edit', key: 'delete_to_start' },
  k: { kind: 'edit', key: 'delete_to_end' },
  h: { kind: 'edit', key: 'backspace' },
};

/** A control character as the key that it is, as Ink hands it over when it comes alone. */
function controlKey<K extends PressedKey>(control: string, key: K): readonly [input: string, key: K] {
  switch (control) {
    case '\r':
      return ['', { ...key, return: true }];
    case '\t':
      return ['', { ...key, tab: true }];
    case '\b':
    case '\x7f':
      return ['', { ...key, delete: true }];
    default:
      return [String.fromCharCode(control.charCodeAt(0) + 0x60), { ...key, ctrl: true }];
  }
}

/**
 * The keys of one event of the terminal. A busy machine hands over several at once, which Ink takes for one text: a command among them would be dropped as
 * unprintable, and the Enter that was meant for what it opens would send the line. Runs of text stay together; a line feed is text.
 */
export function keysOf<K extends PressedKey>(
  input: string,
  key: K,
  isPasting: boolean,
): readonly (readonly [input: string, key: K])[] {
  const parts = input.match(/[\x01-\x09\x0b-\x1a\x7f]|[^\x01-\x09\x0b-\x1a\x7f]+/g) ?? [];
  if (isPasting || key.ctrl || key.meta || parts.length < 2) return [[input, key]];
  return parts.map((part) => (/^[\x01-\x09\x0b-\x1a\x7f]$/.test(part) ? controlKey(part, key) : [part, key]));
}

/** What is meant by one of the `keysOf` an event of the terminal, or by a run of text. */
export function actionsOf(input: string, key: PressedKey, state: KeyState): Action[] {
  if (input === '[200~') return [{ kind: 'paste', isOn: true }];
  if (input === '[201~') return [{ kind: 'paste', isOn: false }];
  // A terminal that never ends its paste must not lock the user in.
  if (state.isPasting && key.ctrl) return input === 'c' ? [{ kind: 'paste', isOn: false }, { kind: 'interrupt' }] : [];
  if (state.isPasting) return [{ kind: 'write', text: key.return ? '\n' : safeText(input) }];
  if (key.return) return [key.meta ? { kind: 'write', text: '\n' } : { kind: 'submit' }];
  const edit = editOf(key);
  if (edit !== null) return [{ kind: 'edit', key: edit }];
  if (key.escape && input === '') return [{ kind: 'hide_keys' }];
  if (key.ctrl) return controlOf(input, state);
  if (key.meta)
    return input === 'b'
      ? [{ kind: 'edit', key: 'word_left' }]
      : input === 'f'
        ? [{ kind: 'edit', key: 'word_right' }]
        : [];
  if (key.tab || key.pageUp || key.pageDown) return [];
  // Ink names no function key: it hands over a key press without text.
  if (input === '') return [{ kind: 'show_keys' }];
  if (input === '?' && state.isEmpty) return [{ kind: 'show_keys' }];
  const text = safeText(input);
  return text === '' ? [] : [{ kind: 'write', text }];
}

function editOf(key: PressedKey): DraftKey | null {
  const isWord = key.ctrl || key.meta;
  if (key.leftArrow) return isWord ? 'word_left' : 'left';
  if (key.rightArrow) return isWord ? 'word_right' : 'right';
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.home) return 'home';
  if (key.end) return 'end';
  // Terminals send the same for Backspace as Ink calls Delete.
  if (key.backspace || key.delete) return key.meta ? 'delete_word' : 'backspace';
  return null;
}

function controlOf(input: string, state: KeyState): Action[] {
  if (input === 'd') return [state.isEmpty ? { kind: 'quit' } : { kind: 'edit', key: 'delete' }];
  const action = controls[input];
  return action === undefined ? [] : [action];
}
