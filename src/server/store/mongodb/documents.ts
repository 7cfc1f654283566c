// Station: store/mongodb. What lies in each collection, as types. Called by everything in this folder; schema.ts declares the same for the server.
import type { AnswerEnd, Sealed, TurnState } from '../../ports/store.js';

/**
 * A text as it lies in a document: as it is; sealed, unopened; or as JSON where it holds half of a surrogate pair, which BSON cannot hold. Which of them
 * shows in its type, so that no user can type one for the other.
 */
export type StoredText = string | Sealed | { readonly json: string };

/** Who may speak, as it lies in a document. */
export interface StoredHolder {
  readonly kind: 'ai' | 'admin';
  readonly id?: string;
  readonly name?: StoredText;
}

/** The version of our session documents. The reference's, which `chatbox import` has not read yet, have none; what is being deleted has 0. */
export const documentVersion = 1;

/** `endKey` of an active session: later than every end, so that it sorts as the one that ends last. */
export const neverEnded = Number.MAX_SAFE_INTEGER;

/** A session, under the reference's field names where it has them; the rest is ours. Times are dates, durations seconds or (Ms) milliseconds. */
export interface SessionDocument {
  readonly _id: string;
  readonly uid: string;
  readonly nm: StoredText;
  readonly modelId: string | null;
  readonly ts: Date;
  readonly endTs?: Date;
  /** Whole seconds from its start to its end, or to its last activity while it is active. */
  readonly dur: number;
  readonly adminAssisted: boolean;
  readonly assistingAdminId: string | null;
  readonly assistingAdminName: StoredText | null;
  readonly helpRequested: boolean;
  readonly totalTokens: number;
  readonly lastActivity: Date;
  readonly maxRespTime: number;
  readonly avgRespTime: number;
  readonly shareToken?: string;
  /** When the document was made, and when it was last written. */
  readonly _ts: Date;
  readonly _mt: Date;

  readonly v: number;
  /** User and ordinal in one, so that one sparse unique index serves both servers with and without partial indexes. */
  readonly ownerKey: string;
  readonly ord: number;
  readonly bornNm: StoredText;
  readonly bornModelId: string | null;
  readonly seq: number;
  readonly named: boolean;
  readonly msgCount: number;
  readonly floor: StoredHolder;
  readonly floorEpoch: number;
  readonly waitingSeq: number | null;
  readonly respCount: number;
  readonly respTotalMs: number;
  readonly active: boolean;
  readonly endKey: number;
  /** Duration in ms of an ended session; minus the start of an active one, so that now + span is its duration. */
  readonly span: number;
  readonly attachedUntil: number;
}

/** One entry of a log. `_id` is made of the session and the seq (entry-id.ts). */
export interface EntryDocument {
  readonly _id: string;
  readonly sid: string;
  readonly seq: number;
  /** Sender and message id of a message, its seq of anything else: unique in the session. */
  readonly send: string;
  /** The write that made it: tells our own write from another's when its answer was lost. */
  readonly w: string;
  readonly at: Date;
  readonly kind: 'message' | 'floor' | 'model' | 'help' | 'rename' | 'end';

  readonly sender?: 'user' | 'ai' | 'admin';
  readonly type?: 'user_message' | 'file_upload' | 'voice_message' | 'ai_response';
  readonly messageId?: string;
  readonly authorId?: string | null;
  /** The words of a message, sealed together. */
  readonly sealed?: string;
  readonly authorName?: StoredText | null;
  readonly content?: StoredText;
  readonly fileId?: StoredText;
  readonly fileUrl?: StoredText;
  /** As JSON, so that no key of a user's is ever a key of the database. */
  readonly meta?: string;
  readonly modelId?: string;
  readonly turnId?: string;
  readonly end?: AnswerEnd;
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  readonly elapsedMs?: number;
  readonly answersThrough?: number;

  readonly holder?: StoredHolder;
  readonly previous?: StoredHolder;
  readonly epoch?: number;
  readonly forced?: boolean;
  readonly lapsed?: boolean;
  readonly place?: number;
  readonly name?: StoredText;
  readonly reason?: 'user' | 'admin' | 'idle' | 'deleted';
}

/** A turn. */
export interface TurnDocument {
  readonly _id: string;
  readonly sid: string;
  readonly promptSeq: number;
  readonly attempt: number;
  readonly throughSeq: number;
  readonly state: TurnState;
  readonly owner: string | null;
  readonly epoch: number;
  readonly leaseUntil: number;
  readonly modelId: string;
  readonly startedAt: number;
  readonly text: StoredText;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly end: AnswerEnd | null;
  readonly elapsedMs: number;
  readonly failure: string | null;
  /** The session, while it is pending or running: unique, so that a session has one such turn at most. */
  readonly unfinished?: string;
  /** Its start, while something is still to be written of it: the sparse index over it holds exactly the unsettled turns. */
  readonly unsettled?: number;
}

/** Words beside a log. `_id` is made of session and id. */
export interface AsideDocument {
  readonly _id: string;
  readonly sid: string;
  readonly id: string;
  readonly seq: number;
  readonly kind: 'note' | 'whisper';
  readonly adminId: string;
  readonly at: Date;
  readonly text: StoredText;
}

/** What outlives a user's sessions: how many there were. */
export interface AccountDocument {
  readonly _id: string;
  readonly last: number;
}

/** A note. */
export interface NoteDocument {
  readonly _id: string;
  readonly value: string;
}

/** A heartbeat of writes, for `ping`. */
export interface PulseDocument {
  readonly _id: 'pulse';
  readonly beats: number;
}
