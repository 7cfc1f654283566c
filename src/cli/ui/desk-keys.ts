// Station: cli/ui. What a key press means at the desk: in a conversation, in the picker, in a question. Pure. Called by the desk's screen.
import { type Action, actionsOf, type KeyState, type PressedKey } from './keys.js';

/** What an admin wants, beside editing a line. */
export type DeskCommand =
  | 'next_tab'
  | 'previous_tab'
  | 'picker'
  | 'hand_back'
  | 'leave'
  | 'whisper'
  | 'take'
  | 'replies'
  | 'send_again'
  | 'older'
  | 'newer'
  | 'cancel'
  | 'quit'
  | 'keys';

/** One thing that is wanted. */
export type DeskAction =
  | Extract<Action, { readonly kind: 'edit' | 'write' | 'submit' | 'paste' }>
  | { readonly kind: 'command'; readonly command: DeskCommand }
  | { readonly kind: 'tab'; readonly number: number };

/** The keys of a conversation, for the help. */
export const deskKeyHelp: readonly (readonly [string, string])[] = [
  ['Enter', 'send; in the list: take the session over'],
  ['Ctrl-J, Alt-Enter, \\ Enter', 'new line'],
  ['Up, Down', 'what you sent before; in the list: choose'],
  ['/ on an empty line', 'canned replies; in the list: filter'],
  ['Ctrl-B', 'hand back to the model, with a note'],
  ['Ctrl-L', 'leave, or stop watching'],
  ['Ctrl-O', 'whisper to the model, unseen by the user'],
  ['Ctrl-T', 'take over what you watch, or have lost'],
  ['Ctrl-X', 'send again what failed'],
  ['PageUp, PageDown', 'older, newer'],
  ['Tab, Shift-Tab, Alt-1…9', 'next, previous, n-th session'],
  ['Ctrl-S', 'the list of sessions'],
  ['w, l, q in the list', 'watch, show the last line, quit'],
  ['Ctrl-C, Ctrl-D', 'quit'],
  ['Esc', 'close a question or these keys; in the list: take the filter off'],
  ['F1, or ? on an empty line', 'show or hide this'],
];

const commands: Readonly<Record<string, DeskCommand>> = {
  b: 'hand_back',
  l: 'leave',
  o: 'whisper',
  t: 'take',
  x: 'send_again',
  s: 'picker',
};

/** A key as Ink reads it. */
export type DeskKey = PressedKey & { readonly shift: boolean };

/** What is meant by one event of the terminal while a line is written. */
export function deskActionsOf(input: string, key: DeskKey, state: KeyState): DeskAction[] {
  if (!state.isPasting) {
    if (key.ctrl) {
      const command = commands[input];
      if (command !== undefined) return [{ kind: 'command', command }];
    }
    if (key.tab) return [{ kind: 'command', command: key.shift ? 'previous_tab' : 'next_tab' }];
    if (key.pageUp) return [{ kind: 'command', command: 'older' }];
    if (key.pageDown) return [{ kind: 'command', command: 'newer' }];
    if (key.meta && /^[1-9]$/.test(input)) return [{ kind: 'tab', number: Number(input) }];
    if (input === '/' && state.isEmpty) return [{ kind: 'command', command: 'replies' }];
  }
  return actionsOf(input, key, state).flatMap(deskActionOf);
}

function deskActionOf(action: Action): DeskAction[] {
  switch (action.kind) {
    case 'edit':
    case 'write':
    case 'submit':
    case 'paste':
      return [action];
    case 'interrupt':
    case 'quit':
      return [{ kind: 'command', command: 'quit' }];
    case 'show_keys':
      return [{ kind: 'command', command: 'keys' }];
    case 'hide_keys':
      return [{ kind: 'command', command: 'cancel' }];
    case 'send_again':
      return [{ kind: 'command', command: 'send_again' }];
    case 'retry':
    case 'help_request':
    case 'new_session':
    case 'next_model':
      // The user's, not an admin's.
      return [];
  }
}
