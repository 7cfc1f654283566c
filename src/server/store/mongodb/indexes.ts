// Station: store/mongodb. Every index as data: made at start, looked for by the doctor, and what the list of query shapes is derived from. Called by prepare and list-query.

/** The collections, by what they hold. */
export const collectionNames = {
  sessions: 'sessions',
  messages: 'messages',
  turns: 'turns',
  asides: 'asides',
  accounts: 'accounts',
  notes: 'notes',
  pulse: 'pulse',
} as const;
export type CollectionName = keyof typeof collectionNames;

/** An index. Fields in order; every one that serves a sort ends in `_id`, which breaks ties. */
export interface IndexPlan {
  readonly collection: CollectionName;
  readonly name: string;
  readonly fields: readonly string[];
  /** Unique ones are sparse where the field may be missing: of two documents without it neither is refused. */
  readonly unique?: boolean;
  readonly sparse?: boolean;
}

/**
 * Why these: the twelve of `sessions` serve each sort alone, a user's own list, the flags with the newest first, share tokens and the sweepers. By duration and
 * by activity the active sessions and the ended are two runs of one index, merged; the same two indexes serve the sweep of idle sessions and that of
 * retention. A user has few sessions: the other sorts of one user's sessions are sorted when they are asked for.
 */
export const indexPlans: readonly IndexPlan[] = [
  { collection: 'sessions', name: 'by_start', fields: ['ts', '_id'] },
  { collection: 'sessions', name: 'by_end', fields: ['endKey', '_id'] },
  { collection: 'sessions', name: 'by_messages', fields: ['msgCount', '_id'] },
  { collection: 'sessions', name: 'by_tokens', fields: ['totalTokens', '_id'] },
  { collection: 'sessions', name: 'by_user', fields: ['uid', '_id'] },
  { collection: 'sessions', name: 'by_user_activity', fields: ['uid', 'lastActivity', '_id'] },
  { collection: 'sessions', name: 'by_duration', fields: ['active', 'span', '_id'] },
  { collection: 'sessions', name: 'by_activity', fields: ['active', 'lastActivity', '_id'] },
  { collection: 'sessions', name: 'by_help', fields: ['helpRequested', 'ts', '_id'] },
  { collection: 'sessions', name: 'by_assisted', fields: ['adminAssisted', 'ts', '_id'] },
  { collection: 'sessions', name: 'share_token', fields: ['shareToken'], unique: true, sparse: true },
  { collection: 'sessions', name: 'owner_ordinal', fields: ['ownerKey'], unique: true, sparse: true },
  { collection: 'messages', name: 'send', fields: ['sid', 'send'], unique: true },
  { collection: 'messages', name: 'by_time', fields: ['at'] },
  { collection: 'turns', name: 'by_prompt', fields: ['sid', 'promptSeq', 'attempt'] },
  { collection: 'turns', name: 'one_unfinished', fields: ['unfinished'], unique: true, sparse: true },
  { collection: 'asides', name: 'by_place', fields: ['sid', 'seq', 'at', 'id'] },
  { collection: 'turns', name: 'unsettled', fields: ['unsettled', '_id'], sparse: true },
];
