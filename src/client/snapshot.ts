// Station: client. What the client knows, as one immutable value. Made by fold and chat-client; read by a page, the terminal UI and tests.
import type { ModelChoice } from '../protocol/outbound.js';

/** Why the client does not connect any more: closed by its owner, the token was refused, the server said no, or it can't be done here at all. */
export type StopReason = 'closed' | 'unauthorized' | 'forbidden' | 'rejected';

/** The state of the connection. Times are ms since the Unix epoch. */
export type ConnectionState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'open'; readonly sinceMs: number; readonly isDraining: boolean }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly retryAtMs: number; readonly why: string }
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly message: string };

/** How an answer ended; `length` is complete at its limit. */
export type AnswerEnd = 'complete' | 'length' | 'interrupted' | 'cancelled' | 'failed';

/** Something said. */
export interface TimelineMessage {
  readonly kind: 'message';
  readonly seq: number;
  readonly messageId: string | null;
  readonly type: string;
  readonly sender: 'user' | 'ai' | 'admin' | 'system';
  /** Of what an admin said: their name, if the server tells it. */
  readonly adminName: string | null;
  readonly content: string;
  /** RFC 3339, as the server stamped it. */
  readonly timestamp: string;
  readonly modelId: string | null;
  readonly turnId: string | null;
  /** Of an answer: how it ended; null for what people say. */
  readonly end: AnswerEnd | null;
  readonly fileId: string | null;
  readonly fileUrl: string | null;
  /** True while the client has less of an answer than the server: its rest is being read over HTTP. */
  readonly isPartial: boolean;
  /** True where the server has the message and cannot read it: sealed with a key that it does not have, or damaged. Its content is then empty. */
  readonly isUnreadable: boolean;
}

/** Something that happened: a join, a leave, a change of model, help, a rename, the end. */
export interface TimelineNotice {
  readonly kind: 'notice';
  readonly seq: number;
  /** `admin_join`, `admin_leave`, or the status: `model_changed`, `help_requested`, `renamed`, `ended`; a newer server may add some. */
  readonly what: string;
  /** The person, model or name that it is about; empty when there is none. */
  readonly subject: string;
  readonly timestamp: string;
}

/** One line of the conversation, at its place in the session's log. */
export type TimelineEntry = TimelineMessage | TimelineNotice;

/** What this client said and has no ack of. */
export interface PendingSend {
  readonly messageId: string;
  readonly content: string;
  readonly modelId: string | null;
  /** The session that it was first written to; null while it never left. */
  readonly sessionId: string | null;
  readonly status: 'sending' | 'failed';
  /** Why it failed, for people. */
  readonly error: string | null;
}

/** The answer that is being written. Empty text: the model was asked and has not begun. */
export interface RunningAnswer {
  readonly turnId: string;
  readonly text: string;
  readonly modelId: string | null;
  readonly startedAtMs: number;
}

/** A turn that ended, also one that left no message. */
export interface EndedTurn {
  readonly turnId: string;
  readonly end: AnswerEnd;
  /** The answer's place; null when it left none. */
  readonly seq: number | null;
  /** Why it failed, for people. */
  readonly error: string | null;
}

/** An error or a notification of the server. */
export interface Alert {
  readonly kind: 'error' | 'notification';
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number | null;
  /** The turn that failed, where it is about one. */
  readonly turnId: string | null;
  readonly atMs: number;
}

/** Who may speak to the user. */
export type Floor =
  | { readonly holder: 'ai' }
  | { readonly holder: 'admin'; readonly id: string; readonly name: string };

/** All that the client knows. Every change makes a new one; parts that did not change stay the same objects. */
export interface Snapshot {
  readonly connection: ConnectionState;
  readonly sessionId: string | null;
  readonly userId: string | null;
  readonly sessionName: string | null;
  readonly models: readonly ModelChoice[];
  readonly modelId: string | null;
  /** By seq, oldest first, bounded. */
  readonly timeline: readonly TimelineEntry[];
  /** True when the session has older messages than the first of the timeline, as far as is known, and the timeline has room for them. */
  readonly hasOlder: boolean;
  /** In the order of sending. */
  readonly pending: readonly PendingSend[];
  readonly answer: RunningAnswer | null;
  /** The last ones, oldest first. */
  readonly endedTurns: readonly EndedTurn[];
  /** The last entry of the log that was seen without a gap before it; null before the server named one. */
  readonly lastSeq: number | null;
  readonly floor: Floor;
  /** True while the connection to the person who holds the session is lost. */
  readonly isAdminAway: boolean;
  readonly help: { readonly isRequested: boolean; readonly queuePlace: number | null };
  readonly isEnded: boolean;
  /** When the other side last typed; null when it does not. */
  readonly typingAtMs: number | null;
  /** The last ones, oldest first. */
  readonly alerts: readonly Alert[];
}

/** What is forgotten when the client moves to another session. */
export const emptySession = {
  sessionName: null,
  timeline: [],
  hasOlder: false,
  answer: null,
  endedTurns: [],
  lastSeq: null,
  floor: { holder: 'ai' },
  isAdminAway: false,
  help: { isRequested: false, queuePlace: null },
  isEnded: false,
  typingAtMs: null,
} as const satisfies Partial<Snapshot>;

/** Before the first connection. */
export const initialSnapshot: Snapshot = {
  ...emptySession,
  connection: { kind: 'idle' },
  sessionId: null,
  userId: null,
  models: [],
  modelId: null,
  pending: [],
  alerts: [],
};
