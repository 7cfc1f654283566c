// Station: ports. The store: sessions, their logs, their turns. Called by chat; implemented by store/*; every promise here is a case of test/contract/store.
import type {
  AppendResult,
  Aside,
  Entry,
  EntryRange,
  LogEntry,
  MessageEntry,
  Note,
  Projection,
  Session,
  SessionMetrics,
  SessionPage,
  SessionQuery,
  SessionSeed,
  StoredRecord,
  Turn,
  TurnGuard,
  TurnOutcome,
} from './store-values.js';

export { type SessionSort, sessionSorts } from '../../protocol/session-sorts.js';
export * from './store-values.js';

/**
 * Why the store could not do what was asked. `unavailable`: away, nothing is known to be written, try again later; `full`: no room;
 * `unknown_outcome`: it may or may not be written, read it back by its key; `busy`: over its bounds; `invalid`: a cursor or value it can't take;
 * `corrupt`: what lies there can't be read; `closed`: it was closed.
 */
export type StoreErrorKind = 'unavailable' | 'full' | 'unknown_outcome' | 'busy' | 'invalid' | 'corrupt' | 'closed';

/** The one error that leaves a store. Its message names no content, path or credential. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/**
 * The store. Every method rejects with StoreError and nothing else, and settles within 5 s (finding R28). What resolved is durable: it survives
 * `kill -9` of every process at once. Each write is atomic by itself (one document); none spans two.
 */
export interface Store<S = never> {
  readonly kind: 'sqlite' | 'mongodb';
  /** Cheap proof that it can be read and written now. */
  ping(): Promise<void>;
  /** Writes what it holds, then lets go. Idempotent. */
  close(): Promise<void>;

  /** Makes a session if neither its id nor (userId, ordinal) is taken (finding R17). Its projection starts at seq 0. */
  createSession(seed: SessionSeed<S>): Promise<'created' | 'taken'>;
  session(id: string): Promise<Session<S> | null>;
  sessionByShareToken(token: string): Promise<Session<S> | null>;
  /** The user's active session of newest activity, and the greatest ordinal ever given (0 for none). */
  activeSession(userId: string): Promise<{ readonly session: Session<S> | null; readonly lastOrdinal: number }>;
  /** Sets the share token if there is none; resolves to the one that is there now, null when the session is gone. */
  share(id: string, token: string): Promise<string | null>;
  unshare(id: string): Promise<void>;
  /** Removes the session, its log, its asides and its turns. Whoever appends to it later gets `gone` or `conflict`. Idempotent. */
  deleteSession(id: string): Promise<void>;

  /**
   * The one way to write to a log: at `seq`, which is the writer's known head + 1. Appends exactly once or says why not; checks the message id first,
   * so that the same send again is `duplicate` and not `conflict`. With `turn`, that turn is made too, as `createTurn` makes one, and the answer says where
   * it was not; a crash between the two leaves the entry without the turn, which whoever opens the session makes then.
   */
  append(sessionId: string, seq: number, entry: Entry<S>, turn?: Turn<S>): Promise<AppendResult<S>>;
  /** Part of a log, oldest first. */
  entries(sessionId: string, range: EntryRange): Promise<readonly LogEntry<S>[]>;
  /** The entry of a send, by its key. */
  entryOf(sessionId: string, sender: MessageEntry['sender'], messageId: string): Promise<LogEntry<S> | null>;
  /** The last seq of each log (0 for an empty one); sessions that are gone are left out. At most 500 ids. */
  heads(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Writes projections, each only where its seq is greater than the stored one's. At most 500. */
  project(changes: readonly { readonly sessionId: string; readonly projection: Projection<S> }[]): Promise<void>;
  /** Ids of sessions whose log is ahead of their projection by an entry older than `olderThan`. */
  unprojected(olderThan: number, limit: number): Promise<readonly string[]>;

  /**
   * Keeps an aside if its (session, id) is free; `taken` when that is there already: read it back to see whether it is the same. `gone`: there is no such
   * session, where the store can tell.
   */
  putAside(aside: Aside<S>): Promise<'kept' | 'taken' | 'gone'>;
  /** The newest `limit` asides of a session in order of seq, then of time. At most 1,000. */
  asides(sessionId: string, limit: number): Promise<readonly Aside<S>[]>;

  /** The turn with the greatest (promptSeq, attempt). */
  latestTurn(sessionId: string): Promise<Turn<S> | null>;
  turn(id: string): Promise<Turn<S> | null>;
  /**
   * Makes a turn if its key is free and no other turn of the session is pending or running: of those there is never more than one. `taken` otherwise, and too
   * when the session is gone, where the store can tell.
   */
  createTurn(turn: Turn<S>): Promise<'created' | 'taken'>;
  /** pending -> running under `owner`, epoch + 1. Null when it is not pending (any more). */
  claimTurn(
    id: string,
    claim: {
      readonly owner: string;
      readonly leaseUntil: number;
      readonly startedAt: number;
      readonly throughSeq: number;
      readonly modelId: string;
    },
  ): Promise<Turn<S> | null>;
  /** Stores the text so far and renews the lease, where it is still running under that owner and epoch. */
  checkpointTurn(
    id: string,
    guard: { readonly owner: string; readonly epoch: number },
    text: string | S,
    leaseUntil: number,
  ): Promise<'kept' | 'lost'>;
  /** running (or pending, for a lapsed guard) -> a final state, once. Null when the guard does not hold: read the turn to see why. */
  endTurn(id: string, guard: TurnGuard, outcome: TurnOutcome<S>): Promise<Turn<S> | null>;
  settleTurns(ids: readonly string[]): Promise<void>;
  /** Turns that are not settled and whose lease lapsed before `lapsedBefore`, oldest first. */
  unsettledTurns(lapsedBefore: number, limit: number): Promise<readonly Turn<S>[]>;

  listSessions(query: SessionQuery): Promise<SessionPage<S>>;
  metrics(window: { readonly from: number; readonly to: number; readonly now: number }): Promise<SessionMetrics>;
  /** Active sessions that nobody touched since `before`, not held, not waiting for help, not attached anywhere. */
  idleSessions(before: number, now: number, limit: number): Promise<readonly string[]>;
  /** Says that a replica has sockets in these sessions until that time; it only ever moves later. At most 500. */
  keepAttached(sessionIds: readonly string[], until: number): Promise<void>;
  /** Ended sessions whose last activity lies before that time, oldest first (`SESSION_RETENTION`); never an active one. */
  expiredSessions(before: number, limit: number): Promise<readonly string[]>;
  /** Forgets that a user ever was, beside their sessions, which `deleteSession` removes first. Their next session has ordinal 1 again. Idempotent. */
  forgetUser(userId: string): Promise<void>;

  /** The value of a note; null when there is none. */
  note(name: string): Promise<string | null>;
  /** All notes whose name begins so, in order of name. At most 1,000. */
  notes(prefix: string): Promise<readonly Note[]>;
  /**
   * Writes a note where it still has the value `expected`, null for none yet; false where it has not (any more). A note is compared as a whole, so that one
   * that was removed and made anew counts as the same only if it says the same.
   */
  putNote(name: string, expected: string | null, value: string): Promise<boolean>;
  /** Removes a note where it still has the value `expected`. */
  dropNote(name: string, expected: string): Promise<boolean>;
}

/** What an adapter offers beside the store to whoever seals: all that may be sealed, as it lies there. */
export interface StoredRecords<S = never> {
  /** About how many records there are, for a progress bar. */
  countRecords(): Promise<number>;
  /** A mark between what lies there now and what is written from now on, for `records`. */
  recordsMark(): Promise<string>;
  /**
   * Everything that may hold sealed values, a page at a time in a fixed order; `after` is the `next` of the page before, null for the first and after the last.
   * What is written behind the place of reading is not met; what lies there throughout is met once. With a mark as `until`, what was written after it is left
   * out, so that the reading ends however fast others write. Where keys do not tell what came later, the times in what was written do: the last that a server
   * wrote whose clock is ahead is then left out too.
   */
  records(
    after: string | null,
    limit: number,
    until?: string,
  ): Promise<{ readonly records: readonly StoredRecord<S>[]; readonly next: string | null }>;
  /**
   * Puts `to` in the place of `from`, each by itself and only where the texts and envelopes of `from` still lie there. Nothing but texts and envelopes may differ.
   * Resolves to whether each was replaced, in their order. At most 500.
   */
  rewrite(
    changes: readonly { readonly from: StoredRecord<S>; readonly to: StoredRecord<S> }[],
  ): Promise<readonly boolean[]>;
}

/** A store as an adapter makes it. */
export type StoreAdapter<S = never> = Store<S> & StoredRecords<S>;
