// Station: cli/chat. Which conversation to go on with, and what was said in it. Called by run-chat for --resume and --session.
import type { ChatClient } from '../../client/chat-client.js';
import { ChatError } from '../../client/chat-error.js';
import type { HistoryPage } from '../../client/history.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** Reads the named session, else the user's last one; null when there is none yet. Throws CliError notFound for a named one that is not there, else ChatError. */
export async function lastSession(client: ChatClient, sessionId: string | undefined): Promise<HistoryPage | null> {
  const id = sessionId ?? (await client.listSessions()).sessions[0]?.id;
  if (id === undefined) return null;
  try {
    return await client.history(id);
  } catch (cause) {
    if (!(cause instanceof ChatError) || cause.status !== 404) throw cause;
    throw new CliError(
      exitCodes.notFound,
      'you have no such conversation',
      'see your last one with `chatbox chat --resume`',
      cause,
    );
  }
}
