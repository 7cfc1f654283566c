// Station: cli/sessions. Sessions as tables, CSV, YAML and JSON. Called by list and show.
import type { SessionMeta } from '../../protocol/http-session.js';
import { shapeOf, table } from '../output/table.js';
import { ageText } from '../ui/age-text.js';

/** How a list is printed. */
export const listFormats = ['table', 'wide', 'json', 'yaml', 'csv'] as const;
export type ListFormat = (typeof listFormats)[number];

/** A spreadsheet takes a cell that begins so for a formula. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;

function csvCell(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value);
  const safe = typeof value === 'string' && formulaStart.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Columns of a CSV file: the fields of the API, by their names. */
export const csvColumns = [
  'session_id',
  'user_id',
  'name',
  'is_active',
  'start_time',
  'end_time',
  'last_activity',
  'duration',
  'message_count',
  'total_tokens',
  'avg_response_time',
  'max_response_time',
  'admin_assisted',
  'assisting_admin_name',
  'help_requested',
  'held_by',
  'model_id',
] as const satisfies readonly (keyof SessionMeta)[];

/** A line of a CSV file (RFC 4180), so that no spreadsheet runs it. */
export function csvLine(session: SessionMeta): string {
  return `${csvColumns.map((column) => csvCell(session[column])).join(',')}\r\n`;
}

/** What a session is at a glance. */
function stateText(session: SessionMeta): string {
  if (!session.is_active) return 'ended';
  if (session.held_by !== undefined) return `held by ${session.held_by}`;
  return session.help_requested ? 'needs help' : 'active';
}

/** Rows under a head. `nowMs` is what ages count from. */
export function sessionTable(
  sessions: readonly SessionMeta[],
  isWide: boolean,
  nowMs: number,
  stdout: Parameters<typeof shapeOf>[0],
): string {
  const age = (time: string): string => ageText(nowMs - Date.parse(time));
  const head = isWide
    ? ['SESSION', 'USER', 'STATE', 'STARTED', 'AGE', 'DURATION', 'MESSAGES', 'TOKENS', 'ASSISTED', 'MODEL', 'NAME']
    : ['SESSION', 'USER', 'STATE', 'AGE', 'MESSAGES', 'NAME'];
  const rows = sessions.map((session) => {
    const { session_id, user_id, start_time, last_activity, duration, message_count, total_tokens, name } = session;
    const state = stateText(session);
    if (!isWide) return [session_id, user_id, state, age(last_activity), String(message_count), name];
    return [
      session_id,
      user_id,
      state,
      start_time,
      age(last_activity),
      ageText(duration * 1_000),
      String(message_count),
      String(total_tokens),
      session.assisting_admin_name ?? (session.admin_assisted ? 'yes' : ''),
      session.model_id ?? '',
      name,
    ];
  });
  return table(head, rows, shapeOf(stdout));
}
