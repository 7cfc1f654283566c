// Station: door/http. Sessions and messages in the words of the HTTP API. Called by routes/* and by the export. Pure.
import { answerMetadata, spokenMetadata } from '../../../protocol/answer-metadata.js';
import type { Message, SessionMeta } from '../../../protocol/http-session.js';
import type { History } from '../../chat/api.js';
import type { LogEntry, MessageEntry, Session } from '../../ports/store.js';

/** RFC 3339 in UTC. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** A total over a count, whole; 0 where nothing was counted. */
export function wholeAverage(total: number, count: number): number {
  return count === 0 ? 0 : Math.round(total / count);
}

/** A session as `viewer` may see it: the share token is its owner's. */
export function sessionMeta(session: Session, viewer: { readonly id: string }, nowMs: number): SessionMeta {
  const { projection, shareToken } = session;
  const { endedAt, assistingAdminName, floor, modelId } = projection;
  return {
    id: session.id,
    session_id: session.id,
    user_id: session.userId,
    name: projection.name,
    last_activity: timeText(projection.lastActivityAt),
    message_count: projection.messageCount,
    admin_assisted: projection.adminAssisted,
    start_time: timeText(session.startedAt),
    ...(endedAt === null ? {} : { end_time: timeText(endedAt) }),
    is_active: endedAt === null,
    duration: Math.max(0, Math.floor(((endedAt ?? nowMs) - session.startedAt) / 1000)),
    total_tokens: projection.totalTokens,
    max_response_time: Math.round(projection.responseMaxMs),
    avg_response_time: wholeAverage(projection.responseTotalMs, projection.responseCount),
    ...(assistingAdminName === null ? {} : { assisting_admin_name: assistingAdminName }),
    help_requested: projection.helpRequested,
    ...(floor.kind === 'ai' || endedAt !== null ? {} : { held_by: floor.name }),
    ...(modelId === null ? {} : { model_id: modelId }),
    ...(shareToken === null || session.userId !== viewer.id ? {} : { share_token: shareToken }),
  };
}

/** A message of a log. */
export function messageOf(seq: number, entry: MessageEntry & { readonly at: number }): Message {
  const spoken = spokenMetadata(entry);
  const metadata = entry.sender === 'ai' ? { ...spoken, ...answerMetadata(entry) } : spoken;
  return {
    content: entry.content,
    timestamp: timeText(entry.at),
    sender: entry.sender,
    ...(entry.fileId === undefined ? {} : { file_id: entry.fileId }),
    ...(entry.fileUrl === undefined ? {} : { file_url: entry.fileUrl }),
    ...(metadata === undefined ? {} : { metadata }),
    message_id: entry.messageId,
    seq,
    type: entry.type,
    ...(entry.modelId === undefined ? {} : { model_id: entry.modelId }),
    ...(entry.turnId === undefined ? {} : { turn_id: entry.turnId }),
  };
}

/** The messages among some entries, in their order. */
export function messagesOf(entries: readonly LogEntry[]): Message[] {
  return entries.flatMap(({ seq, entry }) => (entry.kind === 'message' ? [messageOf(seq, entry)] : []));
}

/** A page of a conversation. */
export function historyView({ session, messages, truncated }: History) {
  return {
    session_id: session.id,
    name: session.projection.name,
    model_id: session.projection.modelId ?? '',
    messages: messagesOf(messages),
    truncated,
  };
}
