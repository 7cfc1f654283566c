// Station: chat. What each entry and event looks like on the wire: one function, used live and in replay, so that both are the same. Pure.
import { answerMetadata, spokenMetadata, unreadableMetadata } from '../../protocol/answer-metadata.js';
import type { OutboundFrame } from '../../protocol/outbound.js';
import type { Entry, FloorHolder, LogEntry, MessageEntry } from '../ports/store.js';

type FloorEntry = Extract<Entry, { readonly kind: 'floor' }>;

let stampedAt = Number.NaN;
let stamped = '';

/** RFC 3339 in UTC with milliseconds. The last one is kept: thousands of frames are made in the same millisecond. */
export function stamp(atMs: number): string {
  if (atMs !== stampedAt) {
    stamped = new Date(atMs).toISOString();
    stampedAt = atMs;
  }
  return stamped;
}

/** The frame by which a participant learns of an entry. In replay an answer is one whole frame; live its text went ahead in chunks. */
export function frameOfEntry(sessionId: string, log: LogEntry, isReplay: boolean): OutboundFrame {
  const { seq, entry } = log;
  const base = { session_id: sessionId, timestamp: stamp(entry.at), seq };
  switch (entry.kind) {
    case 'message':
      return entry.sender === 'ai' ? answerFrame(base, entry, isReplay) : spokenFrame(base, entry);
    case 'floor':
      return floorFrame(base, entry);
    case 'model':
      return status(base, { status: 'model_changed' }, { model_id: entry.modelId });
    case 'help':
      return status(base, { status: 'help_requested', queue_place: String(entry.place) });
    case 'rename':
      return status(base, { status: 'renamed', name: entry.name });
    case 'end':
      return status(base, { status: 'ended', reason: entry.reason });
  }
}

/** Tells how a session stands at `at`, beside its log: a status without a seq. */
export function sessionStatus(sessionId: string, at: number, metadata: Record<string, string>): OutboundFrame {
  return { type: 'connection_status', session_id: sessionId, timestamp: stamp(at), sender: 'system', metadata };
}

type Base = { readonly session_id: string; readonly timestamp: string; readonly seq: number };

function status(base: Base, metadata: Record<string, string>, more: { model_id?: string } = {}): OutboundFrame {
  return { type: 'connection_status', ...base, ...more, sender: 'system', metadata };
}

function spokenFrame(base: Base, entry: MessageEntry): OutboundFrame {
  // Built field by field: this is made for every message that another device or an admin sees.
  const frame: OutboundFrame = {
    type: entry.type === 'ai_response' ? 'user_message' : entry.type,
    session_id: base.session_id,
    timestamp: base.timestamp,
    seq: base.seq,
    content: entry.content,
    sender: entry.sender,
    message_id: entry.messageId,
  };
  if (entry.authorId !== null) frame.user_id = entry.authorId;
  if (entry.fileId !== undefined) frame.file_id = entry.fileId;
  if (entry.fileUrl !== undefined) frame.file_url = entry.fileUrl;
  const metadata = spokenMetadata(entry);
  if (metadata !== undefined) frame.metadata = { ...metadata };
  return frame;
}

function answerFrame(base: Base, entry: MessageEntry, isReplay: boolean): OutboundFrame {
  return {
    type: 'ai_response',
    ...base,
    ...(isReplay ? { content: entry.content, index: 0 } : {}),
    ...(entry.modelId === undefined ? {} : { model_id: entry.modelId }),
    ...(entry.turnId === undefined ? {} : { turn_id: entry.turnId }),
    sender: 'ai',
    message_id: entry.messageId,
    metadata: { streaming: 'true', done: 'true', ...answerMetadata(entry), ...unreadableMetadata(entry.unreadable) },
  };
}

function floorFrame(base: Base, { holder, previous, forced, lapsed }: FloorEntry): OutboundFrame {
  const admin = holder.kind === 'admin' ? holder : previous;
  const metadata = {
    ...(admin.kind === 'admin' ? { admin_id: admin.id, admin_name: admin.name } : {}),
    ...(forced === true ? { forced: 'true' } : {}),
    ...(lapsed === true ? { reason: 'connection_lost' } : {}),
  };
  return { type: holder.kind === 'admin' ? 'admin_join' : 'admin_leave', ...base, sender: 'system', metadata };
}

/** Tells an admin's socket that it joined what this admin holds already: nobody else is told, and the log has no entry of it. */
export function rejoinFrame(
  sessionId: string,
  atMs: number,
  holder: FloorHolder & { readonly kind: 'admin' },
): OutboundFrame {
  return {
    type: 'admin_join',
    session_id: sessionId,
    timestamp: stamp(atMs),
    sender: 'system',
    metadata: { admin_id: holder.id, admin_name: holder.name },
  };
}

/** The model was asked. */
export function loadingFrame(sessionId: string, atMs: number, turnId: string, modelId: string): OutboundFrame {
  return {
    type: 'loading',
    session_id: sessionId,
    timestamp: stamp(atMs),
    turn_id: turnId,
    model_id: modelId,
    sender: 'ai',
  };
}

const streaming = { streaming: 'true', done: 'false' };

/** A piece of an answer. */
export function chunkFrame(
  sessionId: string,
  timestamp: string,
  chunk: { turnId: string; modelId: string; index: number; text: string },
): OutboundFrame {
  return {
    type: 'ai_response',
    session_id: sessionId,
    content: chunk.text,
    model_id: chunk.modelId,
    timestamp,
    sender: 'ai',
    turn_id: chunk.turnId,
    index: chunk.index,
    metadata: streaming,
  };
}

/** The end of an answer that leaves no entry: typing dots end, nothing was said. */
export function unansweredFrame(
  sessionId: string,
  atMs: number,
  turnId: string | undefined,
  end: string,
): OutboundFrame {
  return {
    type: 'ai_response',
    session_id: sessionId,
    timestamp: stamp(atMs),
    sender: 'ai',
    ...(turnId === undefined ? {} : { turn_id: turnId }),
    metadata: { streaming: 'true', done: 'true', end, length: '0' },
  };
}

/** A send was stored durably; stands in the sender's stream in place of that seq. */
export function ackFrame(sessionId: string, log: LogEntry, messageId: string): OutboundFrame {
  return {
    type: 'message_ack',
    session_id: sessionId,
    timestamp: stamp(log.entry.at),
    message_id: messageId,
    seq: log.seq,
  };
}

/** Somebody types. */
export function typingFrame(sessionId: string, atMs: number, sender: 'user' | 'admin', userId: string): OutboundFrame {
  return { type: 'typing_indicator', session_id: sessionId, timestamp: stamp(atMs), sender, user_id: userId };
}
