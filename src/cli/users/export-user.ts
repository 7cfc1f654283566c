// Station: cli/users. Runs `chatbox users export`: everything that is kept of a user, a line at a time, so that it fits any memory.
import type { Entry, Session, Store } from '../../server/ports/store.js';
import type { Invocation } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { jsonLine } from '../output/json-line.js';
import { sessionsOf, userArgument, withStore } from './user-sessions.js';

const pageSize = 500;

/** Prints NDJSON: for each session its facts, then each of its entries. Exit 5 where nothing is kept of the user. */
export async function exportUser(invocation: Invocation): Promise<number> {
  const userId = userArgument(invocation);
  let count = 0;
  await withStore(invocation, async (store) => {
    for await (const session of sessionsOf(store, userId)) {
      if (invocation.io.signal.aborted) return;
      count += 1;
      await invocation.output.data(jsonLine(sessionLine(session)));
      await printEntries(invocation, store, session.id);
    }
  });
  if (count > 0) return exitCodes.ok;
  throw new CliError(
    exitCodes.notFound,
    `nothing is kept of ${userId}`,
    'check the user id: it is the user_id of the token',
  );
}

async function printEntries({ io, output }: Invocation, store: Store, sessionId: string): Promise<void> {
  for (let after = 0; !io.signal.aborted; ) {
    const page = await store.entries(sessionId, { after, limit: pageSize });
    for (const { seq, entry } of page) await output.data(jsonLine(entryLine(sessionId, seq, entry)));
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.seq;
  }
}

function sessionLine({ id, userId, startedAt, projection }: Session) {
  return {
    kind: 'session',
    session_id: id,
    user_id: userId,
    name: projection.name,
    start_time: new Date(startedAt).toISOString(),
    last_activity: new Date(projection.lastActivityAt).toISOString(),
    ...(projection.endedAt === null ? {} : { end_time: new Date(projection.endedAt).toISOString() }),
    message_count: projection.messageCount,
  };
}

function entryLine(sessionId: string, seq: number, { at, ...entry }: Entry) {
  return { session_id: sessionId, seq, timestamp: new Date(at).toISOString(), ...entry };
}
