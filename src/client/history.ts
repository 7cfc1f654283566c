// Station: client. What the server stores, read over HTTP. Called by chat-client and by the commands that show sessions.
import { endOf } from './answer.js';
import { httpUrl } from './endpoint.js';
import { adminNameOf, isRecord, parseFrame } from './parse-frame.js';
import { getJson, type RequestContext } from './request.js';
import type { TimelineMessage } from './snapshot.js';

/** A page of a session's messages, oldest first. */
export interface HistoryPage {
  readonly sessionId: string;
  readonly name: string;
  readonly modelId: string | null;
  readonly messages: readonly TimelineMessage[];
  /** Whether there are older ones. */
  readonly isTruncated: boolean;
}

/** One of the user's sessions. */
export interface SessionSummary {
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly lastActivity: string;
  readonly messageCount: number;
  readonly isActive: boolean;
}

/** A page of the user's sessions, newest activity first. */
export interface SessionList {
  readonly sessions: readonly SessionSummary[];
  readonly nextCursor: string | null;
}

/** Which messages: those before `beforeSeq` (default: the newest), at most `limit`. */
export interface HistoryRange {
  readonly beforeSeq?: number;
  readonly limit?: number;
}

/** Reads a page of a session. Throws ChatError: `refused` with status 404 where there is no such session of this user. */
export async function fetchHistory(
  context: RequestContext,
  token: string,
  sessionId: string,
  range: HistoryRange,
): Promise<HistoryPage> {
  const url = httpUrl(context.server, ['sessions', sessionId], { before: range.beforeSeq, limit: range.limit });
  const body = await getJson(context, url, token);
  const rows = Array.isArray(body.messages) ? body.messages : [];
  return {
    sessionId,
    name: textOf(body.name) ?? '',
    modelId: textOf(body.model_id),
    messages: rows.flatMap(messageOfRow),
    isTruncated: body.truncated === true,
  };
}

/** Reads a page of the user's sessions. Throws ChatError. */
export async function fetchSessions(context: RequestContext, token: string, cursor?: string): Promise<SessionList> {
  const body = await getJson(context, httpUrl(context.server, ['sessions'], { cursor }), token);
  const rows = Array.isArray(body.sessions) ? body.sessions : [];
  return { sessions: rows.flatMap(summaryOfRow), nextCursor: textOf(body.next_cursor) };
}

function messageOfRow(row: unknown): TimelineMessage[] {
  // A row of history has the fields of a frame, so it is read by the same checks; older servers give no type.
  const frame = isRecord(row) ? parseFrame(JSON.stringify({ type: 'user_message', ...row })) : null;
  if (frame?.seq === undefined) return [];
  const sender = frame.sender ?? 'user';
  return [
    {
      kind: 'message',
      seq: frame.seq,
      messageId: frame.message_id ?? null,
      type: frame.type,
      sender,
      adminName: adminNameOf(frame),
      content: frame.content ?? '',
      timestamp: frame.timestamp,
      modelId: frame.model_id ?? frame.metadata?.model_id ?? null,
      turnId: frame.turn_id ?? frame.metadata?.turn_id ?? null,
      end: sender === 'ai' ? endOf(frame.metadata) : null,
      fileId: frame.file_id ?? null,
      fileUrl: frame.file_url ?? null,
      isPartial: false,
      isUnreadable: frame.metadata?.unreadable !== undefined,
    },
  ];
}

function summaryOfRow(row: unknown): SessionSummary[] {
  if (!isRecord(row)) return [];
  const id = textOf(row.session_id) ?? textOf(row.id);
  if (id === null) return [];
  return [
    {
      id,
      name: textOf(row.name) ?? '',
      lastActivity: textOf(row.last_activity) ?? '',
      messageCount: typeof row.message_count === 'number' ? row.message_count : 0,
      isActive: row.is_active === true,
    },
  ];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
