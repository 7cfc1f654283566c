// Station: ports. What a store keeps: sessions, their logs, their turns, as values. Read by the store port, its adapters and chat.
import type { SessionSort } from '../../protocol/session-sorts.js';

/**
 * What stands in the place of a text that encryption hides: the envelope of the layer over the store. That a value is one shows in its type,
 * never in a prefix that a user could type. A store keeps it as it is and never looks into it.
 */
export interface Sealed {
  readonly sealed: string;
}

// The types below take what may stand in the place of a text: `never` for whoever uses the store, `Sealed` for what lies in it.

/** Who may speak in a session. */
export type FloorHolder<S = never> =
  | { readonly kind: 'ai' }
  | { readonly kind: 'admin'; readonly id: string; readonly name: string | S };

/** Tokens that a model call used. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** How an answer ended. `length` is complete at its limit. */
export type AnswerEnd = 'complete' | 'length' | 'interrupted' | 'cancelled' | 'failed';

/** The words of a message, which encryption hides together. */
export interface Words {
  readonly authorName: string | null;
  readonly content: string;
  readonly fileId?: string;
  readonly fileUrl?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The words lie in the store but can't be read: sealed with a key that nobody has here, or damaged. They are then empty. */
  readonly unreadable?: 'unknown_key' | 'damaged';
}

/** What is known of a message beside its words. `messageId` is unique per (session, sender). */
export interface MessageFacts {
  readonly kind: 'message';
  readonly sender: 'user' | 'ai' | 'admin';
  /** The frame type that it came as, and goes out as. */
  readonly type: 'user_message' | 'file_upload' | 'voice_message' | 'ai_response';
  readonly messageId: string;
  /** The user or admin who spoke; null for the model. */
  readonly authorId: string | null;
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

/** Something said. */
export type MessageEntry<S = never> = MessageFacts & (Words | S);

/** One entry of a session's log, without its place in it. `at` is milliseconds since the Unix epoch. */
export type Entry<S = never> = { readonly at: number } & (
  | MessageEntry<S>
  | {
      readonly kind: 'floor';
      readonly holder: FloorHolder<S>;
      readonly previous: FloorHolder<S>;
      readonly epoch: number;
      /** Taken from another admin who held it. */
      readonly forced?: boolean;
      /** Given back because the lease ran out, not by the admin. */
      readonly lapsed?: boolean;
    }
  | { readonly kind: 'model'; readonly modelId: string }
  | { readonly kind: 'help'; readonly place: number }
  | { readonly kind: 'rename'; readonly name: string | S }
  | { readonly kind: 'end'; readonly reason: 'user' | 'admin' | 'idle' | 'deleted' }
);

/** An entry at its place. `seq` is 1, 2, 3 … without a gap. */
export interface LogEntry<S = never> {
  readonly seq: number;
  readonly entry: Entry<S>;
}

/** What a session is born with and never changes. `ordinal` counts a user's sessions 1, 2, 3 …; (userId, ordinal) is unique. */
export interface SessionSeed<S = never> {
  readonly id: string;
  readonly userId: string;
  readonly ordinal: number;
  readonly startedAt: number;
  readonly name: string | S;
  readonly modelId: string | null;
}

/** What lists and metrics show of a session: folded from its log, stamped with the last `seq` that is in it. Times are ms since the epoch. */
export interface Projection<S = never> {
  readonly seq: number;
  readonly name: string | S;
  /** True once a name was derived from the first sentence or given. */
  readonly named: boolean;
  readonly modelId: string | null;
  readonly lastActivityAt: number;
  readonly messageCount: number;
  readonly floor: FloorHolder<S>;
  readonly floorEpoch: number;
  readonly adminAssisted: boolean;
  readonly assistingAdminId: string | null;
  readonly assistingAdminName: string | S | null;
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
export interface Session<S = never> extends SessionSeed<S> {
  readonly projection: Projection<S>;
  readonly shareToken: string | null;
}

/** States of a turn; the last four are final. */
export type TurnState = 'pending' | 'running' | 'complete' | 'interrupted' | 'cancelled' | 'failed';

/** The model's obligation to answer what the user said. Its key is (sessionId, promptSeq, attempt); `id` is made of it. */
export interface Turn<S = never> {
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
  readonly text: string | S;
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
export interface TurnOutcome<S = never> {
  readonly state: 'complete' | 'interrupted' | 'cancelled' | 'failed';
  readonly end: AnswerEnd;
  readonly text: string | S;
  readonly usage: Usage | null;
  readonly elapsedMs: number;
  readonly failure: string | null;
  readonly settled: boolean;
}

/** The answer to an append. */
export type AppendResult<S = never> =
  /** `turn: 'taken'`: the turn that came with it was not made, because its key was taken or another turn of the session has not ended. */
  | { readonly kind: 'appended'; readonly turn?: 'taken' }
  /** Something else lies at that seq. Read what is new, check again, try again or stop. */
  | { readonly kind: 'conflict' }
  /** (session, sender, messageId) was appended before, here. */
  | { readonly kind: 'duplicate'; readonly existing: LogEntry<S> }
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
  /** Only sessions whose id begins with this text, character by character; never empty. */
  readonly idPrefix?: string;
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
export interface SessionPage<S = never> {
  readonly sessions: readonly Session<S>[];
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

/** What lies beside a log, bound to a place in it, because a participant may not see it: of a user, what a person tells the model about them. */
export interface AsideFacts {
  readonly sessionId: string;
  /** Unique in its session: the same aside sent again is the same one. 1 to 200 characters. */
  readonly id: string;
  /** It belongs after the entry at this seq; 0 before the first. */
  readonly seq: number;
  /** `note`: what an admin leaves to the model when they hand back; `whisper`: an instruction to the model at any time. */
  readonly kind: 'note' | 'whisper';
  readonly adminId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Words beside a log. No list, history, export or share holds any. */
export interface Aside<S = never> extends AsideFacts {
  readonly text: string | S;
}

/** One stored thing that may hold sealed values, whole as it lies there. */
export type StoredRecord<S = never> =
  | { readonly kind: 'entry'; readonly sessionId: string; readonly log: LogEntry<S> }
  | { readonly kind: 'session'; readonly session: Session<S> }
  | { readonly kind: 'turn'; readonly turn: Turn<S> }
  | { readonly kind: 'aside'; readonly aside: Aside<S> };

/** A small named document: a lease, a key check, who runs, how far a job came. */
export interface Note {
  /** 1 to 200 characters. */
  readonly name: string;
  /** At most 4,096 characters. Never a text of a user. */
  readonly value: string;
}
