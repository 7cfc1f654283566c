// Station: llm/echo. What an echo answer says, and its pieces. Pure; called by the provider.
import type { LlmMessage } from '../../ports/llm.js';
import { echoOptions } from './echo-options.js';
import type { EchoScript } from './echo-script.js';

/** What an answer is made from. */
export interface EchoPrompt {
  readonly script: EchoScript;
  /** What the user said, without a directive. */
  readonly text: string;
  /** The conversation before the message that is answered. */
  readonly earlier: readonly LlmMessage[];
}

/** The whole text of an answer. Same prompt, same answer. */
export function echoAnswer({ script, text, earlier }: EchoPrompt): string {
  switch (script.content.kind) {
    case 'echo':
      return `You said: ${text}`;
    case 'recite':
      return recite(earlier);
    case 'words':
      return wordsOf(script.content.count);
    case 'chars':
      return charsOf(script.content.count);
    case 'unicode':
      return unicodeSample;
    case 'help':
      return helpText();
    case 'mistake':
      return script.content.problem;
  }
}

/** The pieces in which `text` is given out; joined they are `text`. */
export function* piecesOf(text: string, piece: EchoScript['piece']): Generator<string> {
  switch (piece.unit) {
    case 'words':
      yield* byWords(text, piece.size);
      return;
    case 'chars':
    case 'units':
      yield* byLength(text, piece.size, piece.unit === 'chars');
      return;
  }
}

function* byLength(text: string, size: number, keepsPairs: boolean): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = at + size;
    if (keepsPairs && end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end += 1;
    yield text.slice(at, end);
    at = end;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function* byWords(text: string, size: number): Generator<string> {
  let waiting = '';
  let words = 0;
  // A word goes out with the white space before it; what is left at the end is white space alone.
  for (const [part] of text.matchAll(/\s*\S+|\s+$/g)) {
    waiting += part;
    words += 1;
    if (words < size) continue;
    yield waiting;
    waiting = '';
    words = 0;
  }
  if (waiting !== '') yield waiting;
}

function recite(earlier: readonly LlmMessage[]): string {
  if (earlier.length === 0) return 'Nothing was said before this.';
  const lines = earlier.map(
    ({ role, name, content }, at) => `${at + 1}. ${name === undefined ? role : `${role} (${name})`}: ${content}`,
  );
  return `Before this, I was given:\n${lines.join('\n')}`;
}

const vocabulary =
  'so the echo answers with as many plain words as it was asked for and counts on until none of them is missing'.split(
    ' ',
  );

function wordsOf(count: number): string {
  const words: string[] = [];
  for (let at = 0; at < count; at += 1) words.push(vocabulary[at % vocabulary.length] ?? '');
  return words.join(' ');
}

const ruler = '123456789 ';

function charsOf(count: number): string {
  return ruler.repeat(Math.ceil(count / ruler.length)).slice(0, count);
}

/** Characters outside the basic plane, joined and composed ones, right-to-left text. */
const unicodeSample =
  'Wörter \u{1F600}\u{1F680} family \u{1F468}\u200D\u{1F469}\u200D\u{1F467} flag \u{1F1EB}\u{1F1EE} skin \u{1F44D}\u{1F3FD} ' +
  'e\u0301 and \u00E9, שלום, مرحبا, 你好, \u{20BB7}\u{1D11E} end';

function helpText(): string {
  const lines = echoOptions.map(({ name, form, meaning }) =>
    form === null ? `${name}: ${meaning}` : `${name}=… (${form}): ${meaning}`,
  );
  return `Begin a message with /echo, then any of these, then a text:\n${lines.join('\n')}`;
}
