// Station: cli/sessions. What `chatbox sessions list` asks the server for, refused here where the server would take a bad value for none. Called by list-sessions.
import { momentValue } from '../../protocol/http-values.js';
import { limits } from '../../protocol/limits.js';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import type { Query } from './admin-api.js';

/** The query of the options. @throws CliError (usage) that names the option and what it takes */
export function listQuery(invocation: Invocation): Query {
  const { options } = invocation;
  const text = (name: string): string | undefined => optionText(invocation, name);
  const limit = wholeNumber('--limit', text('limit'), 1, limits.adminPage);
  checkWindow(text('from'), text('to'));
  return {
    id_prefix: text('idPrefix'),
    user_id: text('user'),
    status: text('status'),
    admin_assisted: options.assisted === true ? 'true' : undefined,
    help_requested: options.needsHelp === true ? 'true' : undefined,
    start_time_from: text('from'),
    start_time_to: text('to'),
    sort_by: text('sortBy'),
    sort_order: text('sortOrder'),
    limit: options.all === true ? limits.adminPage : limit,
    offset: wholeNumber('--offset', text('offset'), 0, Number.MAX_SAFE_INTEGER),
    cursor: checkedCursor(text('cursor')),
  };
}

/** The server takes a number out of bounds for none, and lists something else than was asked for. */
function wholeNumber(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const more = flag === '--limit' ? '; every page: --all' : '';
  throw new CliError(exitCodes.usage, `${flag} must be a whole number ${bounds}`, `for example ${flag} 100${more}`);
}

function checkWindow(fromText: string | undefined, toText: string | undefined): void {
  const from = moment('--from', fromText, 'from');
  const to = moment('--to', toText, 'to');
  if (from !== undefined && to !== undefined && to < from)
    throw new CliError(exitCodes.usage, '--to is before --from: nothing starts between them', 'exchange the two times');
}

function moment(flag: string, text: string | undefined, edge: 'from' | 'to'): number | undefined {
  if (text === undefined) return undefined;
  const read = momentValue(edge).safeParse(text);
  if (read.success) return read.data;
  throw new CliError(
    exitCodes.usage,
    `${flag} is no time`,
    `a time or a day in UTC: ${flag} 2026-01-31T09:00:00Z, ${flag} 2026-01-31`,
  );
}

/** Whether it can be one at all; whether it is of this list, only the server knows. */
function checkedCursor(text: string | undefined): string | undefined {
  if (text === undefined || (text.length <= limits.cursor && /^[A-Za-z0-9_-]+$/.test(text))) return text;
  throw new CliError(
    exitCodes.usage,
    '--cursor is none that a list gave',
    'take next_cursor of the page before (-o json), or leave it out for the first page',
  );
}
