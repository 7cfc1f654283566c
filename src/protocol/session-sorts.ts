// Station: protocol. By what a list of sessions can be sorted: the one table, from the query string to the store (finding H1). Constants only.

/** Sort keys of a list of sessions; the first is the default. */
export const sessionSorts = [
  'start_time',
  'end_time',
  'message_count',
  'total_tokens',
  'user_id',
  'duration',
  'last_activity',
] as const;

/** A sort key of a list of sessions. */
export type SessionSort = (typeof sessionSorts)[number];
