// Station: store. A list of sessions as every adapter takes it: its bounds, and the cursor, where the page before ended, bound to its query. Called by adapters.
import { createHash } from 'node:crypto';
import { type SessionQuery, StoreError, sessionSorts } from '../ports/store.js';

const maxLimit = 1_000;

/** Where a page ended. */
export interface Place {
  /** The clock of the first page: later pages compute durations by it, so that active sessions don't wander between pages. */
  readonly now: number;
  /** The sort value of the last session. */
  readonly value: number | string;
  readonly id: string;
}

/** The query as it is. @throws StoreError invalid when a bound is crossed or the sort is unknown (finding H1) */
export function checkedQuery(query: SessionQuery): SessionQuery {
  const { idPrefix, limit, offset } = query;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new StoreError('invalid', `limit must be a whole number from 1 to ${maxLimit}.`);
  }
  if (offset !== undefined && (!Number.isSafeInteger(offset) || offset < 0)) {
    throw new StoreError('invalid', 'offset must be a whole number of at least 0.');
  }
  if (idPrefix === '') throw new StoreError('invalid', 'idPrefix must not be empty.');
  if (!sessionSorts.includes(query.sortBy)) {
    throw new StoreError('invalid', `sortBy must be one of ${sessionSorts.join(', ')}.`);
  }
  return query;
}

/**
 * The first text behind all that begin with `prefix`, in the order of code points, by which stores compare. Null where there is none.
 * Ids from `prefix` up to this are those of `SessionQuery.idPrefix`: a range, which an index of ids serves.
 */
export function afterPrefix(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10_ff_ff) continue;
    // Surrogates are no code points of a text: behind U+D7FF comes U+E000.
    return String.fromCodePoint(...points, last === 0xd7_ff ? 0xe0_00 : last + 1);
  }
  return null;
}

/** A short digest of all that decides which sessions are listed in which order; limit, offset and clock do not. */
function fingerprint(query: SessionQuery): string {
  const { idPrefix, userId, status, adminAssisted, helpRequested, startedFrom, startedTo, sortBy, sortOrder } = query;
  const what = [userId, status, adminAssisted, helpRequested, startedFrom, startedTo, sortBy, sortOrder, idPrefix];
  return createHash('sha256')
    .update(JSON.stringify(what.map((part) => part ?? null)))
    .digest('base64url')
    .slice(0, 12);
}

/** An opaque cursor for the page after `place`. */
export function encodeCursor(query: SessionQuery, place: Place): string {
  return Buffer.from(JSON.stringify([fingerprint(query), place.now, place.value, place.id])).toString('base64url');
}

/**
 * Where the page before ended.
 * @throws StoreError invalid when it is no cursor, or that of another query
 */
export function decodeCursor(query: SessionQuery, cursor: string): Place {
  const [print, now, value, id] = parts(cursor);
  const isPlace =
    typeof now === 'number' && typeof id === 'string' && (typeof value === 'number' || typeof value === 'string');
  if (!isPlace || print !== fingerprint(query)) {
    throw new StoreError(
      'invalid',
      'The cursor is not of this list: its sort, order or filters differ. Start at the first page.',
    );
  }
  return { now, value, id };
}

function parts(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    throw new StoreError('invalid', 'The cursor cannot be read. Start at the first page.', error);
  }
}
