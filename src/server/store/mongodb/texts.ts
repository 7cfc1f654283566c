// Station: store/mongodb. Texts on their way into documents and back, and the keys that a document is found by. Called by the mappings.
import { type Sealed, StoreError } from '../../ports/store.js';
import type { StoredText } from './documents.js';

/** A text as a document holds it. */
export function storedText<S>(text: string | S): StoredText {
  if (typeof text !== 'string') return text as StoredText;
  return text.isWellFormed() ? text : { json: JSON.stringify(text) };
}

/** The text that a document holds. @throws StoreError corrupt */
export function readText<S>(stored: StoredText | null | undefined): string | S {
  if (typeof stored === 'string') return stored;
  if (stored === null || stored === undefined) throw corrupt();
  if ('sealed' in stored) return stored as Sealed as S;
  try {
    return JSON.parse(stored.json) as string;
  } catch (error) {
    throw corrupt(error);
  }
}

/** The error for a document that this version cannot read. */
export function corrupt(cause?: unknown): StoreError {
  return new StoreError('corrupt', 'A document of the store cannot be read. Restore it from a backup.', cause);
}

/**
 * A text that is looked up by, as it is. BSON would spoil half of a surrogate pair, so that two keys became one: such a key is refused.
 * @throws StoreError invalid
 */
export function key(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text;
  throw new StoreError('invalid', 'An identifier holds a NUL or half of a surrogate pair. Send well-formed text.');
}

/**
 * A whole number.
 * @throws StoreError invalid
 */
export function whole(value: number, min: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new StoreError('invalid', `${what} must be a whole number of at least ${min}.`);
}
