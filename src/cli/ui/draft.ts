// Station: cli/ui. The line being written: text, cursor, history. Pure. Called by the input line for each key.
import { graphemesOf } from './layout.js';

/** A draft and what was sent before. */
export interface Draft {
  readonly text: string;
  /** UTF-16 units before the cursor; never inside of a grapheme. */
  readonly cursor: number;
  /** What was sent, oldest first. */
  readonly history: readonly string[];
  /** Which of the history is shown; null for the draft itself, which is kept in `kept`. */
  readonly shown: number | null;
  readonly kept: string;
}

/** What a key does to a draft. */
export type DraftKey =
  | 'left'
  | 'right'
  | 'word_left'
  | 'word_right'
  | 'home'
  | 'end'
  | 'up'
  | 'down'
  | 'backspace'
  | 'delete'
  | 'delete_word'
  | 'delete_to_start'
  | 'delete_to_end';

const maxHistory = 100;

/** Nothing written, nothing sent. */
export const emptyDraft: Draft = { text: '', cursor: 0, history: [], shown: null, kept: '' };

/** Writes `added` at the cursor, as far as `maxPoints` code points in all allow. */
export function write(draft: Draft, added: string, maxPoints: number): Draft {
  const room = maxPoints - [...draft.text].length;
  const fits = [...added].slice(0, Math.max(0, room)).join('');
  return at(
    draft,
    draft.text.slice(0, draft.cursor) + fits + draft.text.slice(draft.cursor),
    draft.cursor + fits.length,
  );
}

/** Begins anew after `draft.text` was sent, which goes into the history unless it stands there last. */
export function sent(draft: Draft): Draft {
  const isRepeat = draft.history.at(-1) === draft.text;
  return { ...emptyDraft, history: isRepeat ? draft.history : [...draft.history, draft.text].slice(-maxHistory) };
}

/** Applies a key. */
export function press(draft: Draft, key: DraftKey): Draft {
  const before = draft.text.slice(0, draft.cursor);
  const after = draft.text.slice(draft.cursor);
  switch (key) {
    case 'left':
      return move(draft, before.length - lastOf(before).length);
    case 'right':
      return move(draft, before.length + firstOf(after).length);
    case 'word_left':
      return move(draft, wordStart(before));
    case 'word_right':
      return move(draft, before.length + wordEnd(after));
    case 'home':
      return move(draft, before.lastIndexOf('\n') + 1);
    case 'end':
      return move(draft, before.length + lineEnd(after));
    case 'up':
      return before.includes('\n') ? move(draft, lineAbove(before)) : recall(draft, -1);
    case 'down':
      return after.includes('\n') ? move(draft, lineBelow(before, after)) : recall(draft, 1);
    case 'backspace':
      return at(
        draft,
        before.slice(0, before.length - lastOf(before).length) + after,
        before.length - lastOf(before).length,
      );
    case 'delete':
      return at(draft, before + after.slice(firstOf(after).length), draft.cursor);
    case 'delete_word':
      return at(draft, before.slice(0, wordStart(before)) + after, wordStart(before));
    case 'delete_to_start':
      return at(draft, before.slice(0, before.lastIndexOf('\n') + 1) + after, before.lastIndexOf('\n') + 1);
    case 'delete_to_end':
      return at(draft, before + after.slice(lineEnd(after)), draft.cursor);
  }
}

function at(draft: Draft, text: string, cursor: number): Draft {
  return { ...draft, text, cursor, shown: null };
}

function move(draft: Draft, cursor: number): Draft {
  return { ...draft, cursor };
}

function recall(draft: Draft, step: -1 | 1): Draft {
  const from = draft.shown ?? draft.history.length;
  const next = Math.min(draft.history.length, Math.max(0, from + step));
  if (next === from) return draft;
  const kept = draft.shown === null ? draft.text : draft.kept;
  const text = draft.history[next] ?? kept;
  return { ...draft, text, cursor: text.length, shown: next === draft.history.length ? null : next, kept };
}

function lastOf(text: string): string {
  // The last line is enough to find its last grapheme, and keeps this quick in a long draft.
  return graphemesOf(text.slice(-64)).at(-1) ?? '';
}

function firstOf(text: string): string {
  return graphemesOf(text.slice(0, 64))[0] ?? '';
}

function wordStart(before: string): number {
  return before.length - (/\S*\s*$/.exec(before)?.[0].length ?? 0);
}

function wordEnd(after: string): number {
  return /^\s*\S*/.exec(after)?.[0].length ?? 0;
}

function lineEnd(after: string): number {
  const end = after.indexOf('\n');
  return end === -1 ? after.length : end;
}

function lineAbove(before: string): number {
  const start = before.lastIndexOf('\n');
  const above = before.lastIndexOf('\n', start - 1) + 1;
  return Math.min(above + before.length - start - 1, start);
}

function lineBelow(before: string, after: string): number {
  const column = before.length - (before.lastIndexOf('\n') + 1);
  const start = lineEnd(after) + 1;
  return before.length + start + Math.min(column, lineEnd(after.slice(start)));
}
