// Station: chat. What the core offers to dispatch (sockets) and to the HTTP routes. Made by createChat; every method may reject with WireError or StoreError.

import type { Participant, User } from '../ports/participant.js';
import type { LogEntry, Session, SessionMetrics, SessionPage, SessionQuery } from '../ports/store.js';

/** Which session a new socket asks for (PROTOCOL.md, "Which session a socket talks in"). */
export interface AttachRequest {
  readonly sessionId?: string;
  /** `?new=1` */
  readonly fresh?: boolean;
  readonly lastSeq?: number;
  readonly turnId?: string;
  /** UTF-16 units of that turn's answer that the client has. */
  readonly index?: number;
}

/** What a user says. */
export interface SayRequest {
  readonly sessionId: string | undefined;
  readonly messageId: string | undefined;
  readonly content: string;
  readonly modelId: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/** A file that a user shares. */
export interface FileRequest {
  readonly sessionId?: string;
  readonly messageId?: string;
  readonly content: string;
  readonly fileId: string;
  readonly fileUrl: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Where a client that was in a session before wants to go on. */
type Position = Pick<AttachRequest, 'lastSeq' | 'turnId' | 'index'>;

/** An admin takes a session of somebody else; `messageId` comes back in the answer. */
export interface JoinRequest extends Position {
  readonly sessionId: string;
  readonly messageId: string | undefined;
  /** Also from another admin. */
  readonly force?: boolean;
  /** Only where this admin holds it already. */
  readonly rejoin?: boolean;
}

/** An admin gives a session back, with a private note to the model; without an id, the one that this socket joined last. */
export interface LeaveRequest {
  readonly sessionId: string | undefined;
  readonly messageId: string | undefined;
  readonly note: string | undefined;
}

/** An admin reads along. */
export interface WatchRequest extends Position {
  readonly sessionId: string;
  readonly messageId: string | undefined;
}

/** What an admin tells the model, unseen by the user. */
export interface WhisperRequest {
  readonly sessionId: string | undefined;
  readonly messageId: string | undefined;
  readonly content: string;
}

/** The core as sockets see it. A socket's calls run one after another; order between sockets of one session is the log's. */
export interface ChatSockets {
  /** Attaches a new socket and sends its `connection_status`, then what it missed. */
  attach(participant: Participant, ask: AttachRequest): Promise<void>;
  /** Forgets a socket. Idempotent; an answer in flight runs on. */
  detach(participant: Participant): void;
  /** The id that frames to this socket carry, or `named` where an admin's socket is in that session; undefined before it is attached. */
  sessionIdOf(participant: Participant, named?: unknown): string | undefined;
  /** Stores a user's message, acks it when it carried an id, and has the model answer it. Resolves when durable. */
  say(participant: Participant, request: SayRequest): Promise<void>;
  shareFile(participant: Participant, request: FileRequest): Promise<void>;
  selectModel(participant: Participant, sessionId: string | undefined, modelId: string): Promise<void>;
  requestHelp(participant: Participant, sessionId: string | undefined): Promise<void>;
  cancel(participant: Participant, sessionId: string | undefined, turnId: string | undefined): Promise<void>;
  retry(participant: Participant, sessionId: string | undefined): Promise<void>;
  typing(participant: Participant, sessionId: string | undefined): Promise<void>;
  resume(participant: Participant, ask: AttachRequest): Promise<void>;
  /** The caller checked that an admin asks, here and in those below. */
  join(participant: Participant, request: JoinRequest): Promise<void>;
  leave(participant: Participant, request: LeaveRequest): Promise<void>;
  watch(participant: Participant, request: WatchRequest): Promise<void>;
  whisper(participant: Participant, request: WhisperRequest): Promise<void>;
  /** What the admin who holds the session says to the user. */
  sayAsAdmin(participant: Participant, request: SayRequest): Promise<void>;
}

/** A page of a session's history. */
export interface History {
  readonly session: Session;
  /** Messages only, oldest first. */
  readonly messages: readonly LogEntry[];
  /** Whether older messages were left out. */
  readonly truncated: boolean;
}

/** The core as HTTP sees it. Someone else's session is NOT_FOUND, never forbidden. */
export interface ChatQueries {
  listOwn(user: User, page: { readonly limit: number; readonly cursor?: string }): Promise<SessionPage>;
  list(query: SessionQuery): Promise<SessionPage>;
  metrics(from: number, to: number): Promise<SessionMetrics>;
  create(user: User, name: string | undefined): Promise<Session>;
  rename(user: User, sessionId: string, name: string): Promise<Session>;
  remove(user: User, sessionId: string): Promise<void>;
  /** The owner's, or any for an admin. Defaults: the newest 1,000 messages. */
  history(user: User, sessionId: string, page: { readonly before?: number; readonly limit: number }): Promise<History>;
  /** Takes a session over before any socket joins it; that has to come within `floorJoinMs`. Admins only; the caller checked that. */
  takeOver(admin: User, sessionId: string, force: boolean): Promise<void>;
  /** Gives back what this admin holds; nothing happens where nobody holds it. */
  release(admin: User, sessionId: string): Promise<void>;
  /** Ends; again is no error and moves nothing. An admin may end anyone's. */
  end(user: User, sessionId: string): Promise<void>;
  share(user: User, sessionId: string): Promise<string>;
  unshare(user: User, sessionId: string): Promise<void>;
  shared(token: string): Promise<History>;
  /** All messages of a session in pages, for an export in constant memory. Admins only; the caller checked that. */
  messages(sessionId: string): AsyncIterable<LogEntry>;
  live(): {
    readonly connections: number;
    readonly answering: number;
    readonly waitingForHelp: number;
    readonly sessions: number;
    /** Of all answers that ended here since the start, prompts included. */
    readonly tokens: number;
  };
}

/** The heart: made by createChat, started and stopped by the app. */
export interface Chat extends ChatSockets, ChatQueries {
  /** Finishes what a crash left, then sweeps and polls until stopped. */
  start(): Promise<void>;
  /** From now on no new turn starts; running ones get `graceMs`, then are cut and stored as interrupted. Tells every socket first. Resolves when all is written. */
  drain(options: { readonly graceMs: number; readonly retryAfterMs: () => number }): Promise<void>;
  /** Stops sweeping and polling; after drain. */
  stop(): Promise<void>;
}
