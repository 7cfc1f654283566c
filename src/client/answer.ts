// Station: client. The text of a running answer, put together from chunks that may come twice or with a hole between. Pure. Called by fold.
import type { ReceivedFrame } from './parse-frame.js';
import type { AnswerEnd, RunningAnswer } from './snapshot.js';

/** What a chunk did to the answer: it fits; all of it is known; or something before it is missing. */
export type ChunkResult =
  | { readonly kind: 'grown'; readonly answer: RunningAnswer }
  | { readonly kind: 'known' }
  | { readonly kind: 'gap'; readonly answer: RunningAnswer };

/** Adds a chunk of turn `turnId`. `index` is in UTF-16 units; a chunk without one goes at the end. */
export function withChunk(
  running: RunningAnswer | null,
  turnId: string,
  chunk: { readonly index: number | undefined; readonly text: string; readonly modelId: string | null },
  nowMs: number,
): ChunkResult {
  const answer =
    running?.turnId === turnId ? running : { turnId, text: '', modelId: chunk.modelId, startedAtMs: nowMs };
  const have = answer.text.length;
  const index = chunk.index ?? have;
  if (index > have) return { kind: 'gap', answer };
  const fresh = chunk.text.slice(have - index);
  if (fresh === '' && answer === running) return { kind: 'known' };
  return { kind: 'grown', answer: { ...answer, text: answer.text + fresh } };
}

const ends: readonly string[] = ['complete', 'length', 'interrupted', 'cancelled', 'failed'] satisfies AnswerEnd[];

/** How an answer ended, as its last frame or its place in history says; what says nothing is complete. */
export function endOf(metadata: ReceivedFrame['metadata']): AnswerEnd {
  const end = metadata?.end;
  if (end !== undefined && isEnd(end)) return end;
  return metadata?.interrupted === 'true' ? 'interrupted' : 'complete';
}

/** The length of a whole answer in UTF-16 units, as its last frame says; null when it does not. */
export function lengthOf(metadata: ReceivedFrame['metadata']): number | null {
  return wholeNumber(metadata?.length);
}

/** A number as metadata carries it; null when it is none. */
export function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function isEnd(text: string): text is AnswerEnd {
  return ends.includes(text);
}
