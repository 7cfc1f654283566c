// Station: store/mongodb. The `_id` of a log entry: session, then seq in sixteen digits, so that ids of one session sort as its log does. Called by the log's operations.

const digits = 16;

/** The `_id` of the entry of a session at a seq. One session's ids never fall among another's of the same length; of others `sid` keeps them apart. */
export function entryId(sessionId: string, seq: number): string {
  return `${sessionId}:${String(seq).padStart(digits, '0')}`;
}

/** Bounds, both exclusive, of the ids of a session's entries between two seqs. */
export function entryIdsBetween(sessionId: string, after: number, before: number): { $gt: string; $lt: string } {
  return { $gt: entryId(sessionId, after), $lt: entryId(sessionId, before) };
}
