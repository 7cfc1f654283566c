// Station: cli/sessions. Runs `chatbox sessions list`: a page or all of them, once or again and again.
import { systemClock } from '../../common/clock.js';
import type { SessionMeta } from '../../protocol/http-session.js';
import type { Invocation } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { keepLooking } from '../keep-looking.js';
import { jsonLine } from '../output/json-line.js';
import { safeText } from '../ui/safe-text.js';
import { type AdminApi, adminApi, type Query } from './admin-api.js';
import { listQuery } from './list-query.js';
import { csvColumns, csvLine, type ListFormat, listFormats, sessionTable } from './session-rows.js';

const watchEveryMs = 2_000;
const clearScreen = '\u001b[H\u001b[J';

/** Prints sessions. With --watch until it is interrupted. */
export async function listSessions(invocation: Invocation): Promise<number> {
  const { io, options, output } = invocation;
  const format = formatOf(invocation);
  const query = listQuery(invocation);
  const isAll = options.all === true;
  const api = await adminApi(invocation);
  if (options.watch !== true) {
    await print(invocation, format, pages(api, query, isAll, io.signal));
    return endCode(invocation);
  }
  if (isAll) throw new CliError(exitCodes.usage, '--watch shows one page, and --all is every page', 'use one of them');
  const look = async (): Promise<void> => {
    const page = await collect(pages(api, query, false, io.signal));
    const isTerminal = io.stdout.isTTY === true;
    if (isTerminal && format !== 'json') io.stdout.write(clearScreen);
    await print(invocation, format, once(page));
  };
  await keepLooking(look, { everyMs: watchEveryMs, signal: io.signal, warn: (what) => output.warn(what) });
  return endCode(invocation);
}

/** Whoever stops reading (`| head -1`) wants no more; whoever interrupts is told so by the code. */
function endCode({ io }: Invocation): number {
  if (!io.signal.aborted || io.signal.reason === 'EPIPE') return exitCodes.ok;
  return exitCodes.interrupted;
}

function formatOf({ global, options }: Invocation): ListFormat {
  if (global.json) return 'json';
  return listFormats.find((format) => format === options.output) ?? 'table';
}

/** One page after another; the second and later ones by cursor, so that nothing is met twice. */
async function* pages(api: AdminApi, query: Query, isAll: boolean, signal: AbortSignal): AsyncGenerator<Page> {
  let asked = query;
  for (;;) {
    const body = await api.get(['admin', 'sessions'], asked).catch(cursorNamed(query));
    const sessions = Array.isArray(body.sessions) ? (body.sessions as SessionMeta[]) : [];
    const next = typeof body.next_cursor === 'string' ? body.next_cursor : null;
    yield { sessions, next };
    if (!isAll || next === null || signal.aborted) return;
    asked = { ...query, offset: undefined, cursor: next };
  }
}

/** Only the server knows whether a cursor is of this list; its refusal names no option. */
function cursorNamed({ cursor }: Query): (cause: unknown) => never {
  return (cause) => {
    if (cursor === undefined || !(cause instanceof CliError) || cause.exitCode !== exitCodes.usage) throw cause;
    throw new CliError(exitCodes.usage, `--cursor was refused: ${cause.message}`, 'leave --cursor out', cause);
  };
}

interface Page {
  readonly sessions: readonly SessionMeta[];
  readonly next: string | null;
}

async function collect(found: AsyncIterable<Page>): Promise<Page> {
  let last: Page = { sessions: [], next: null };
  for await (const page of found) last = page;
  return last;
}

async function* once(page: Page): AsyncGenerator<Page> {
  yield page;
}

/** JSON and CSV are printed page by page, so that a million sessions fit; a table has its widths from all rows of a page. On a terminal nothing is obeyed of what users write. */
async function print(invocation: Invocation, format: ListFormat, found: AsyncIterable<Page>): Promise<void> {
  const { io, output, options } = invocation;
  const data = (text: string): Promise<void> => output.data(io.stdout.isTTY === true ? safeText(text) : text);
  if (format === 'csv') await data(`${csvColumns.join(',')}\r\n`);
  let isEmpty = true;
  for await (const { sessions, next } of found) {
    isEmpty = isEmpty && sessions.length === 0;
    if (io.signal.aborted) return;
    switch (format) {
      case 'json':
        if (options.all === true) for (const session of sessions) await data(jsonLine(session));
        else await data(jsonLine({ sessions, next_cursor: next }));
        break;
      case 'csv':
        if (sessions.length > 0) await data(sessions.map(csvLine).join(''));
        break;
      case 'yaml': {
        const { stringify } = await import('yaml');
        if (sessions.length > 0) await data(stringify(sessions));
        break;
      }
      case 'table':
      case 'wide':
        if (sessions.length > 0) await data(sessionTable(sessions, format === 'wide', systemClock.now(), io.stdout));
    }
    if (next !== null && options.all !== true && format !== 'json')
      output.talk(`there are more: --all prints every page, --cursor ${next} the next`);
  }
  if (isEmpty && format !== 'json') output.talk('no session fits');
}
