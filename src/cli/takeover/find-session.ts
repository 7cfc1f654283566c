// Station: cli/takeover. The session that a person means by an id or the beginning of one. Called by the commands that work on a session of somebody else.
import { ChatError } from '../../client/chat-error.js';
import type { DeskClient } from '../../client/desk-client.js';
import { nearest } from '../../common/nearest.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { oneLine } from '../output/table.js';

const shownMatches = 5;
/** Who mistyped an id means one of the sessions that were active last. */
const lookedThrough = 1_000;

/** The id. @throws CliError: not found, with what may be meant; usage where several begin so */
export async function findSession(
  client: Pick<DeskClient, 'history' | 'listSessions'>,
  given: string,
): Promise<string> {
  if (await isThere(client, given)) return given;
  const fitting = await beginningWith(client, given);
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const shown = fitting.slice(0, shownMatches).join(', ');
    const count = fitting.length > shownMatches ? `more than ${shownMatches}` : fitting.length;
    throw new CliError(
      exitCodes.usage,
      `${count} sessions begin with ${oneLine(given)}: ${shown}${fitting.length > shownMatches ? ', …' : ''}`,
      'give more of the id',
    );
  }
  const { sessions } = await client.listSessions({
    sortBy: 'last_activity',
    sortOrder: 'desc',
    limit: lookedThrough,
  });
  const ids = sessions.map(({ id }) => id);
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

/** At most one more than are shown, those that were active last first. */
async function beginningWith(client: Pick<DeskClient, 'listSessions'>, idPrefix: string): Promise<readonly string[]> {
  const query = { idPrefix, sortBy: 'last_activity', sortOrder: 'desc', limit: shownMatches + 1 } as const;
  try {
    return (await client.listSessions(query)).sessions.map(({ id }) => id);
  } catch (error) {
    // What could begin no id (too long, a control in it) begins none.
    if (error instanceof ChatError && error.status === 400) return [];
    throw error;
  }
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
