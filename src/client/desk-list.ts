// Station: client. Sessions of everyone, read over HTTP, for an admin who looks for one. Called by desk-client.
import { httpUrl } from './endpoint.js';
import { isRecord } from './parse-frame.js';
import { getJson, type RequestContext } from './request.js';

/** Which sessions; without anything the newest. */
export interface DeskQuery {
  /** Whose id begins so. */
  readonly idPrefix?: string;
  readonly status?: 'active' | 'ended';
  readonly helpRequested?: boolean;
  readonly userId?: string;
  readonly sortBy?:
    | 'start_time'
    | 'end_time'
    | 'message_count'
    | 'total_tokens'
    | 'user_id'
    | 'duration'
    | 'last_activity';
  readonly sortOrder?: 'asc' | 'desc';
  /** 1 to 1,000; default 100. */
  readonly limit?: number;
  /** `nextCursor` of the page before, with the same query. */
  readonly cursor?: string;
}

/** A session as a list shows it. Times are RFC 3339. */
export interface DeskSummary {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly startTime: string;
  readonly lastActivity: string;
  readonly messageCount: number;
  readonly isActive: boolean;
  readonly isHelpRequested: boolean;
  /** Who holds it now. */
  readonly heldBy: string | null;
}

/** A page of sessions. */
export interface DeskSessionList {
  readonly sessions: readonly DeskSummary[];
  readonly nextCursor: string | null;
}

/** Reads a page. Throws ChatError: `refused` with status 403 where the token is no admin's. */
export async function fetchDeskSessions(
  context: RequestContext,
  token: string,
  query: DeskQuery,
): Promise<DeskSessionList> {
  const url = httpUrl(context.server, ['admin', 'sessions'], {
    id_prefix: query.idPrefix,
    status: query.status,
    help_requested: query.helpRequested === undefined ? undefined : String(query.helpRequested),
    user_id: query.userId,
    sort_by: query.sortBy,
    sort_order: query.sortOrder,
    limit: query.limit,
    cursor: query.cursor,
  });
  const body = await getJson(context, url, token);
  const rows = Array.isArray(body.sessions) ? body.sessions : [];
  return { sessions: rows.flatMap(summaryOf), nextCursor: textOf(body.next_cursor) };
}

function summaryOf(row: unknown): DeskSummary[] {
  if (!isRecord(row)) return [];
  const id = textOf(row.session_id) ?? textOf(row.id);
  if (id === null) return [];
  return [
    {
      id,
      userId: textOf(row.user_id) ?? '',
      name: textOf(row.name) ?? '',
      startTime: textOf(row.start_time) ?? '',
      lastActivity: textOf(row.last_activity) ?? '',
      messageCount: typeof row.message_count === 'number' ? row.message_count : 0,
      isActive: row.is_active === true,
      isHelpRequested: row.help_requested === true,
      heldBy: textOf(row.held_by),
    },
  ];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
