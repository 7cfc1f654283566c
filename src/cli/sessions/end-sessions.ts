// Station: cli/sessions. Runs `chatbox sessions end`: ends conversations of anyone, after a question or with --yes.
import { createInterface } from 'node:readline/promises';
import type { Invocation } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { type AdminApi, adminApi } from './admin-api.js';
import { sessionMeant } from './find.js';

/** Ends each session. Exit 5 when one is not there; the others are ended all the same. */
export async function endSessions(invocation: Invocation): Promise<number> {
  const { args, io, options, output } = invocation;
  const ids: string[] = [];
  for (const given of args) ids.push(await sessionMeant(invocation, given));
  if (options.yes !== true) await confirm(invocation, ids);
  const api = await adminApi(invocation);
  const ended: { session_id: string; ended: boolean; error?: string }[] = [];
  for (const id of ids) {
    if (io.signal.aborted) break;
    ended.push(await end(api, id));
  }
  await output.result({ sessions: ended }, () =>
    ended
      .map(({ session_id, ended: isEnded, error }) =>
        isEnded ? `ended ${session_id}\n` : `not ended ${session_id}: ${error}\n`,
      )
      .join(''),
  );
  return ended.every(({ ended: isEnded }) => isEnded) ? exitCodes.ok : exitCodes.notFound;
}

async function end(api: AdminApi, id: string) {
  try {
    await api.post(['admin', 'sessions', id, 'end']);
    return { session_id: id, ended: true };
  } catch (cause) {
    if (cause instanceof CliError && cause.exitCode === exitCodes.notFound)
      return { session_id: id, ended: false, error: cause.message };
    throw cause;
  }
}

async function confirm({ io, global }: Invocation, ids: readonly string[]): Promise<void> {
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true || global.json)
    throw new CliError(exitCodes.usage, 'ending a conversation is final', 'say --yes to do it without a question');
  const asking = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await asking.question(`End ${ids.join(', ')}? (y/N) `, { signal: io.signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    asking.close();
  }
  throw new CliError(exitCodes.failure, 'nothing was ended');
}
