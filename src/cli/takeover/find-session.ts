// Station: cli/takeover. The session that a person means by an id or the beginning of one. Called by the commands that work on a session of somebody else.
import { ChatError } from '../../client/chat-error.js';
import type { DeskClient } from '../../client/desk-client.js';
import { nearest } from '../../common/nearest.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { oneLine } from '../output/table.js';

const pageLimit = 1_000;
/** So many of the sessions that were active last are looked through for the beginning of an id. */
const maxPages = 20;
const shownMatches = 5;

/** The id. @throws CliError: not found, with what may be meant; usage where several begin so */
export async function findSession(
  client: Pick<DeskClient, 'history' | 'listSessions'>,
  given: string,
): Promise<string> {
  if (await isThere(client, given)) return given;
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const query = { sortBy: 'last_activity', sortOrder: 'desc', limit: pageLimit } as const;
    const found: Awaited<ReturnType<DeskClient['listSessions']>> = await client.listSessions(
      cursor === null ? query : { ...query, cursor },
    );
    ids.push(...found.sessions.map(({ id }) => id));
    cursor = found.nextCursor;
    if (cursor === null) break;
  }
  const fitting = ids.filter((id) => id.startsWith(given));
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const shown = fitting.slice(0, shownMatches).join(', ');
    const more = fitting.length > shownMatches ? ` and ${fitting.length - shownMatches} more` : '';
    throw new CliError(
      exitCodes.usage,
      `${fitting.length} sessions begin with ${oneLine(given)}: ${shown}${more}`,
      'give more of the id',
    );
  }
  const meant =
    nearest(given, ids) ??
    nearest(
      given,
      ids.map((id) => id.slice(0, given.length)),
    );
  throw new CliError(
    exitCodes.notFound,
    `no session is, or begins with, ${oneLine(given)}`,
    meant === null ? 'list them: chatbox sessions list' : `did you mean ${meant}?`,
  );
}

async function isThere(client: Pick<DeskClient, 'history'>, id: string): Promise<boolean> {
  try {
    await client.history(id, { limit: 1 });
    return true;
  } catch (error) {
    // Also what could be no id at all is looked for as the beginning of one.
    if (error instanceof ChatError && (error.status === 404 || error.status === 400)) return false;
    throw error;
  }
}
