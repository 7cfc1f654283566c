// Station: ports. The store: sessions, their logs, their turns. Called by chat; implemented by store/*; every promise here is a case of test/contract/store.
import type { SessionSort } from '../../protocol/session-sorts.js';

export { type SessionSort, sessionSorts } from '../../protocol/session-sorts.js';

/** Who may speak in a session. */
export type FloorHolder =
  | { readonly kind: 'ai' }
  | { readonly kind: 'admin'; readonly id: string; readonly name: string };

/** Tokens that a model call used. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** How an answer ended. `length` is complete at its limit. */
export type AnswerEnd = 'complete' | 'length' | 'interrupted' | 'cancelled' | 'failed';

/** Something said. `messageId` is unique per (session, sender). */
export interface MessageEntry {
  readonly kind: 'message';
  readonly sender: 'user' | 'ai' | 'admin';
  /** The frame type that it came as, and goes out as. */
  readonly type: 'user_message' | 'file_upload' | 'voice_message' | 'ai_response';
  readonly messageId: string;
  /** The user or admin who spoke; null for the model. */
  readonly authorId: string | null;
  readonly authorName: string | null;
  readonly content: string;
  readonly fileId?: string;
  readonly fileUrl?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Of an answer: which model, which turn, how it ended, what it cost. */
  readonly modelId?: string;
  readonly turnId?: string;
  readonly end?: AnswerEnd;
  readonly usage?: Usage;
  /** Of an answer: milliseconds from asking the model to the end. */
  readonly elapsedMs?: number;
  /** Of an answer: seq of the last entry that the model was shown; what users said after it still waits. */
  readonly answersThrough?: number;
}

/** One entry of a session's log, without its place in it. `at` is milliseconds since the Unix epoch. */
export type Entry = { readonly at: number } & (
  | MessageEntry
  | {
      readonly kind: 'floor';
      readonly holder: FloorHolder;
      readonly previous: FloorHolder;
      readonly epoch: number;
      readonly forced?: boolean;
    }
  | { readonly kind: 'model'; readonly modelId: string }
  | { readonly kind: 'help'; readonly place: number }
  | { readonly kind: 'rename'; readonly name: string }
  | { readonly kind: 'end'; readonly reason: 'user' | 'admin' | 'idle' | 'deleted' }
);

/** An entry at its place. `seq` is 1, 2, 3 … without a gap. */
export interface LogEntry {
  readonly seq: number;
  readonly entry: Entry;
}

/** What a session is born with and never changes. `ordinal` counts a user's sessions 1, 2, 3 …; (userId, ordinal) is unique. */
export interface SessionSeed {
  readonly id: string;
  readonly userId: string;
  readonly ordinal: number;
  readonly startedAt: number;
  readonly name: string;
  readonly modelId: string | null;
}

/** What lists and metrics show of a session: folded from its log, stamped with the last `seq` that is in it. Times are ms since the epoch. */
export interface Projection {
  readonly seq: number;
  readonly name: string;
  /** True once a name was derived from the first sentence or given. */
  readonly named: boolean;
  readonly modelId: string | null;
  readonly lastActivityAt: number;
  readonly messageCount: number;
  readonly floor: FloorHolder;
  readonly floorEpoch: number;
  readonly adminAssisted: boolean;
  readonly assistingAdminId: string | null;
  readonly assistingAdminName: string | null;
  readonly helpRequested: boolean;
  /** No user message before this seq waits for an answer; null when none waits at all. */
  readonly waitingSeq: number | null;
  readonly totalTokens: number;
  readonly responseCount: number;
  readonly responseTotalMs: number;
  readonly responseMaxMs: number;
  readonly endedAt: number | null;
}

/** A session as stored. */
export interface Session extends SessionSeed {
  readonly projection: Projection;
  readonly shareToken: string | null;
}

/** States of a turn; the last four are final. */
export type TurnState = 'pending' | 'running' | 'complete' | 'interrupted' | 'cancelled' | 'failed';

/** The model's obligation to answer what the user said. Its key is (sessionId, promptSeq, attempt); `id` is made of it. */
export interface Turn {
  readonly id: string;
  readonly sessionId: string;
  /** seq of the first user message that it answers. */
  readonly promptSeq: number;
  /** 1, and one more for each `retry`. */
  readonly attempt: number;
  /** seq of the last entry that the model was shown. */
  readonly throughSeq: number;
  readonly state: TurnState;
  /** The replica that runs it, and a number that grows with each claim. */
  readonly owner: string | null;
  readonly epoch: number;
  readonly leaseUntil: number;
  readonly modelId: string;
  readonly startedAt: number;
  /** The answer as far as checkpointed; whole once the turn ended. */
  readonly text: string;
  readonly usage: Usage | null;
  readonly end: AnswerEnd | null;
  readonly elapsedMs: number;
  /** Why it failed, for the operator and for the user's error; never upstream text. */
  readonly failure: string | null;
  /** True once nothing more is to be written of it: its answer lies in the log, or there is none. */
  readonly settled: boolean;
}

/** Who may change a running turn: its owner in that epoch, or anyone once its lease lapsed before that time. */
export type TurnGuard = { readonly owner: string; readonly epoch: number } | { readonly lapsedBefore: number };

/** How a turn ended. */
export interface TurnOutcome {
  readonly state: 'complete' | 'interrupted' | 'cancelled' | 'failed';
  readonly end: AnswerEnd;
  readonly text: string;
  readonly usage: Usage | null;
  readonly elapsedMs: number;
  readonly failure: string | null;
  readonly settled: boolean;
}

/** The answer to an append. */
export type AppendResult =
  | { readonly kind: 'appended' }
  /** Something else lies at that seq. Read what is new, check again, try again or stop. */
  | { readonly kind: 'conflict' }
  /** (session, sender, messageId) was appended before, here. */
  | { readonly kind: 'duplicate'; readonly existing: LogEntry }
  /** There is no such session (any more). */
  | { readonly kind: 'gone' };

/** Which part of a log: after and before are exclusive bounds; `newest` reads from the end, but the answer is oldest first all the same. */
export interface EntryRange {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
  readonly newest?: boolean;
  readonly messagesOnly?: boolean;
}

/**
 * A list of sessions; times are ms since the epoch, both inclusive. Ties are broken by id, in the same order, so that pages never overlap.
 * By `end_time` an active session counts as the one that ends last; its `duration` runs to `now`, on later pages to that of the first.
 */
export interface SessionQuery {
  readonly userId?: string;
  readonly status?: 'active' | 'ended';
  readonly adminAssisted?: boolean;
  readonly helpRequested?: boolean;
  readonly startedFrom?: number;
  readonly startedTo?: number;
  readonly sortBy: SessionSort;
  readonly sortOrder: 'asc' | 'desc';
  /** 1..1000. */
  readonly limit: number;
  readonly offset?: number;
  /** `next` of the page before, of the same query; wins over offset. */
  readonly cursor?: string;
  /** For `duration` of sessions that are still active. */
  readonly now: number;
}

/** A page; `next` is null at the end. */
export interface SessionPage {
  readonly sessions: readonly Session[];
  readonly next: string | null;
}

/** Numbers over all sessions that started in a window (finding M2); concurrency over all that overlap it. */
export interface SessionMetrics {
  readonly totalSessions: number;
  readonly activeSessions: number;
  readonly adminAssisted: number;
  readonly totalTokens: number;
  readonly responseCount: number;
  readonly responseTotalMs: number;
  readonly responseMaxMs: number;
  readonly averageConcurrent: number;
  readonly maxConcurrent: number;
}

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
export interface Store {
  readonly kind: 'sqlite' | 'mongodb';
  /** Cheap proof that it can be read and written now. */
  ping(): Promise<void>;
  /** Writes what it holds, then lets go. Idempotent. */
  close(): Promise<void>;

  /** Makes a session if neither its id nor (userId, ordinal) is taken (finding R17). Its projection starts at seq 0. */
  createSession(seed: SessionSeed): Promise<'created' | 'taken'>;
  session(id: string): Promise<Session | null>;
  sessionByShareToken(token: string): Promise<Session | null>;
  /** The user's active session of newest activity, and the greatest ordinal ever given (0 for none). */
  activeSession(userId: string): Promise<{ readonly session: Session | null; readonly lastOrdinal: number }>;
  /** Sets the share token if there is none; resolves to the one that is there now, null when the session is gone. */
  share(id: string, token: string): Promise<string | null>;
  unshare(id: string): Promise<void>;
  /** Removes the session, its log and its turns. Whoever appends to it later gets `gone` or `conflict`. Idempotent. */
  deleteSession(id: string): Promise<void>;

  /**
   * The one way to write to a log: at `seq`, which is the writer's known head + 1. Appends exactly once or says why not; checks the message id first,
   * so that the same send again is `duplicate` and not `conflict`. With `turn`, that turn is made too, if its key is free; a crash between the two
   * leaves the entry without the turn, which whoever opens the session makes then.
   */
  append(sessionId: string, seq: number, entry: Entry, turn?: Turn): Promise<AppendResult>;
  /** Part of a log, oldest first. */
  entries(sessionId: string, range: EntryRange): Promise<readonly LogEntry[]>;
  /** The entry of a send, by its key. */
  entryOf(sessionId: string, sender: MessageEntry['sender'], messageId: string): Promise<LogEntry | null>;
  /** The last seq of each log (0 for an empty one); sessions that are gone are left out. At most 500 ids. */
  heads(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Writes projections, each only where its seq is greater than the stored one's. At most 500. */
  project(changes: readonly { readonly sessionId: string; readonly projection: Projection }[]): Promise<void>;
  /** Ids of sessions whose log is ahead of their projection by an entry older than `olderThan`. */
  unprojected(olderThan: number, limit: number): Promise<readonly string[]>;

  /** The turn with the greatest (promptSeq, attempt). */
  latestTurn(sessionId: string): Promise<Turn | null>;
  turn(id: string): Promise<Turn | null>;
  /** Makes a turn if its key is free; `taken` too when the session is gone, where the store can tell. */
  createTurn(turn: Turn): Promise<'created' | 'taken'>;
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
  ): Promise<Turn | null>;
  /** Stores the text so far and renews the lease, where it is still running under that owner and epoch. */
  checkpointTurn(
    id: string,
    guard: { readonly owner: string; readonly epoch: number },
    text: string,
    leaseUntil: number,
  ): Promise<'kept' | 'lost'>;
  /** running (or pending, for a lapsed guard) -> a final state, once. Null when the guard does not hold: read the turn to see why. */
  endTurn(id: string, guard: TurnGuard, outcome: TurnOutcome): Promise<Turn | null>;
  settleTurns(ids: readonly string[]): Promise<void>;
  /** Turns that are not settled and whose lease lapsed before `lapsedBefore`, oldest first. */
  unsettledTurns(lapsedBefore: number, limit: number): Promise<readonly Turn[]>;

  listSessions(query: SessionQuery): Promise<SessionPage>;
  metrics(window: { readonly from: number; readonly to: number; readonly now: number }): Promise<SessionMetrics>;
  /** Active sessions that nobody touched since `before`, not held, not waiting for help, not attached anywhere. */
  idleSessions(before: number, now: number, limit: number): Promise<readonly string[]>;
  /** Says that a replica has sockets in these sessions until that time; it only ever moves later. At most 500. */
  keepAttached(sessionIds: readonly string[], until: number): Promise<void>;
}
