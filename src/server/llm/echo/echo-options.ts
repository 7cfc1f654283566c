// Station: llm/echo. Every option of an `/echo` directive: name, form, meaning, reading. Called by the directive parser, the help answer and the docs test.
import type { LlmErrorKind } from '../../ports/llm.js';
import type { EchoScript } from './echo-script.js';

/** What an option changes in a script; null for a value that it can't take. */
type Reading = Partial<EchoScript> | null;

/** One option. A flag takes no value. */
export interface EchoOption {
  readonly name: string;
  /** The form of its value, as people read it; null for a flag. */
  readonly form: string | null;
  readonly meaning: string;
  read(value: string): Reading;
}

/** Bounds of what a script can ask for: enough to cross every limit of the server, too little to hurt it. */
export const echoBounds = {
  words: 200_000,
  chars: 2_000_000,
  pieces: 1_000_000,
  delayMs: 3_600_000,
  tokens: 1_000_000_000,
} as const;

/** The kinds of failure that can be asked for: all of them. */
export const failureKinds = [
  'connect',
  'first_token',
  'idle',
  'total',
  'cut',
  'rate_limited',
  'auth',
  'rejected',
  'too_long',
  'unavailable',
  'empty',
  'aborted',
] as const satisfies readonly LlmErrorKind[];

/** In the order in which people read about them. */
export const echoOptions: readonly EchoOption[] = [
  flag('recite', 'Recite the conversation as the model was given it.', { content: { kind: 'recite' } }),
  option('words', 'a number', 'Answer with so many words.', (value) => {
    const count = wholeNumber(value, 1, echoBounds.words);
    return count === null ? null : { content: { kind: 'words', count } };
  }),
  option('chars', 'a number', 'Answer with so many characters.', (value) => {
    const count = wholeNumber(value, 1, echoBounds.chars);
    return count === null ? null : { content: { kind: 'chars', count } };
  }),
  flag('unicode', 'Answer with emoji, joined emoji, accents, right-to-left and rare scripts.', {
    content: { kind: 'unicode' },
  }),
  option('delay', 'a duration', 'Wait so long between pieces (`20ms`, `1.5s`; `0` for all at once).', (value) => {
    const delayMs = duration(value);
    return delayMs === null ? null : { delayMs };
  }),
  option('first', 'a duration', 'Wait so long before the first piece; else as between pieces.', (value) => {
    const firstDelayMs = duration(value);
    return firstDelayMs === null ? null : { firstDelayMs };
  }),
  option('jitter', 'a percentage', 'Let every wait stray so far, to either side.', (value) => {
    const percent = /^(\d{1,3})%$/.exec(value)?.[1];
    return percent === undefined || Number(percent) > 100 ? null : { jitter: Number(percent) / 100 };
  }),
  option('chunk', 'a number', 'So many words in a piece.', (value) => {
    const size = wholeNumber(value, 1, echoBounds.pieces);
    return size === null ? null : { piece: { unit: 'words', size } };
  }),
  option('split', 'a number', 'So many UTF-16 units in a piece, so that a character may be cut in two.', (value) => {
    const size = wholeNumber(value, 1, echoBounds.pieces);
    return size === null ? null : { piece: { unit: 'units', size } };
  }),
  option(
    'after',
    'a number',
    'After how many pieces `fail`, `cut` or `stall` comes; else before the first.',
    (value) => {
      const after = wholeNumber(value, 0, echoBounds.pieces);
      return after === null ? null : { after };
    },
  ),
  option('fail', failureKinds.map((kind) => `\`${kind}\``).join(', '), 'Fail in this way.', (value) => {
    const fail = failureKinds.find((kind) => kind === value);
    return fail === undefined ? null : { fail };
  }),
  option('retry_after', 'a duration', 'With `fail`: when to try again.', (value) => {
    const retryAfterMs = duration(value);
    return retryAfterMs === null ? null : { retryAfterMs };
  }),
  flag('cut', 'Break off without an end, as `fail=cut` does.', { fail: 'cut' }),
  option('stall', 'a duration or `forever`', 'Pause for so long, then go on.', (value) => {
    const stallMs = value === 'forever' ? Number.POSITIVE_INFINITY : duration(value);
    return stallMs === null ? null : { stallMs };
  }),
  flag('empty', 'End well without a word, which counts as a failure of the kind `empty`.', { fail: 'empty' }),
  option('finish', '`stop`, `length`, `filtered`', 'Why the answer ends.', (value) =>
    value === 'stop' || value === 'length' || value === 'filtered' ? { finish: value } : null,
  ),
  option(
    'usage',
    '`none` or prompt/answer',
    'Report no usage, or this one (`120/45`); else 3 bytes count as a token.',
    (value) => {
      if (value === 'none') return { usage: 'none' };
      const [prompt, completion, ...rest] = value.split('/').map((part) => wholeNumber(part, 0, echoBounds.tokens));
      if (rest.length > 0 || typeof prompt !== 'number' || typeof completion !== 'number') return null;
      return { usage: { promptTokens: prompt, completionTokens: completion } };
    },
  ),
  flag('help', 'List these options.', { content: { kind: 'help' } }),
];

function flag(name: string, meaning: string, change: Partial<EchoScript>): EchoOption {
  return { name, form: null, meaning, read: () => change };
}

function option(name: string, form: string, meaning: string, read: (value: string) => Reading): EchoOption {
  return { name, form, meaning, read };
}

function wholeNumber(value: string, min: number, max: number): number | null {
  if (!/^\d{1,10}$/.test(value)) return null;
  const number = Number(value);
  return number >= min && number <= max ? number : null;
}

function duration(value: string): number | null {
  const match = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)?$/.exec(value);
  if (match === null) return null;
  const [, number, unit] = match;
  // A bare number could mean either; only nothing is the same in both.
  if (unit === undefined) return Number(number) === 0 ? 0 : null;
  const ms = Number(number) * (unit === 'ms' ? 1 : unit === 's' ? 1_000 : 60_000);
  return ms <= echoBounds.delayMs ? ms : null;
}
