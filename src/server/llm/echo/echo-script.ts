// Station: llm/echo. How one echo answer goes. Defaults come from the settings, single values from a directive in the message.
import type { Completion, LlmErrorKind } from '../../ports/llm.js';
import type { Usage } from '../../ports/store.js';

/** What an answer says. `echo`: what the user said. */
export type EchoContent =
  | { readonly kind: 'echo' }
  | { readonly kind: 'recite' }
  | { readonly kind: 'words'; readonly count: number }
  | { readonly kind: 'chars'; readonly count: number }
  | { readonly kind: 'unicode' }
  | { readonly kind: 'help' }
  /** What is wrong with a directive. */
  | { readonly kind: 'mistake'; readonly problem: string };

/** Script of one answer. Times are milliseconds. */
export interface EchoScript {
  readonly content: EchoContent;
  /** Before the first piece; null for the same as between pieces. */
  readonly firstDelayMs: number | null;
  /** Between pieces; 0 gives all out at once, in slices that let others run. */
  readonly delayMs: number;
  /** How far a delay strays, as a share of it (0 to 1). */
  readonly jitter: number;
  /** How much a piece holds: words; characters, as UTF-16 counts them but never half of a pair; or UTF-16 units, which may cut a pair in two. */
  readonly piece: { readonly unit: 'words' | 'chars' | 'units'; readonly size: number };
  /** After how many pieces the failure, the end without a finish and the stall come. */
  readonly after: number;
  readonly fail: LlmErrorKind | null;
  /** Goes with `fail`. */
  readonly retryAfterMs: number | null;
  /** A pause; `Infinity` for ever. */
  readonly stallMs: number;
  readonly finish: Completion['finish'];
  /** Null: reported by the rule of 3 bytes a token. */
  readonly usage: Usage | 'none' | null;
}

/** A script without surprises: an echo, word by word, 30 ms a word. */
export const plainScript: EchoScript = {
  content: { kind: 'echo' },
  firstDelayMs: null,
  delayMs: 30,
  jitter: 0,
  piece: { unit: 'words', size: 1 },
  after: 0,
  fail: null,
  retryAfterMs: null,
  stallMs: 0,
  finish: 'stop',
  usage: null,
};
