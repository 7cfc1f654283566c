// Station: cli/takeover. `chatbox takeover`: which server, which session, which kind of terminal. Called by the command; loads the screen only for a terminal.
import type { DeskClient } from '../../client/desk-client.js';
import { systemClock } from '../../common/clock.js';
import { deferred } from '../../common/deferred.js';
import { type Connectable, connect, firstConnectMs, requestFailed, stopped } from '../chat/connect.js';
import { hasColor, screenOf } from '../chat/screen-of.js';
import { type Invocation, type Io, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { jsonLine } from '../output/json-line.js';
import { resolveTarget, type Target } from '../target.js';
import { targetRequest } from '../target-request.js';
import { deskFor } from './desk-for.js';
import { findSession } from './find-session.js';
import { runTwin } from './json-twin.js';
import { readReplies } from './replies.js';

/** So long a hand-back may hold up the end of the process, in milliseconds; after it the lease lapses. */
const handBackMs = 3_000;

/** Runs the command. Resolves to the exit code; throws CliError. */
export async function runTakeover(invocation: Invocation): Promise<number> {
  const { io, global, args } = invocation;
  const [given] = args;
  const screen = global.json ? null : screenOf(io);
  if (!global.json && screen === null) {
    throw new CliError(
      exitCodes.usage,
      'a takeover needs a terminal on both sides',
      'for a program: chatbox takeover <session> --json (events out, commands in, one JSON object a line)',
    );
  }
  if (global.json && given === undefined)
    throw new CliError(exitCodes.usage, '--json needs a session', 'list them: chatbox sessions list --json');
  if (invocation.options.watch === true && invocation.options.force === true)
    throw new CliError(exitCodes.usage, '--watch takes nothing, and --force takes from a colleague', 'use one of them');
  const replies = await readReplies(io, optionText(invocation, 'replies'));
  const request = targetRequest(invocation, 'admin');
  const target = await resolveTarget(io, request);
  // Timers of the client do not keep the process alive, and between two connections there is no socket that would.
  const alive = setInterval(() => undefined, 60_000);
  const client = deskFor(io, target, request);
  try {
    await connect(client satisfies Connectable, target, firstConnectMs, io.signal);
    const sessionId = given === undefined ? null : await findSession(client, given);
    if (screen === null) return await twin(invocation, client, sessionId ?? '');
    const { runDeskScreen } = await import('../ui/run-desk-screen.js');
    const isWatching = invocation.options.watch === true;
    await runDeskScreen({
      ...screen,
      client,
      hasColor: hasColor(io),
      signal: io.signal,
      replies,
      sessionId,
      isWatching,
    });
    await handBack(client);
    return endCode(client, target, io, exitCodes.ok);
  } catch (cause) {
    throw requestFailed(cause, target) ?? cause;
  } finally {
    client.close();
    clearInterval(alive);
  }
}

async function twin(invocation: Invocation, client: DeskClient, sessionId: string): Promise<number> {
  const { io, options } = invocation;
  const print = (event: Readonly<Record<string, unknown>>): void => void io.stdout.write(`${jsonLine(event)}\n`);
  client.onFrame((frame) => print({ ...frame }));
  if (options.watch === true) await client.watch(sessionId);
  else await client.join(sessionId, { force: options.force === true });
  const isGood = await runTwin({ client, sessionId, input: io.stdin, signal: io.signal, print });
  if (io.signal.aborted) {
    await handBack(client);
    return io.signal.reason === 'EPIPE' ? exitCodes.ok : exitCodes.interrupted;
  }
  return isGood ? exitCodes.ok : exitCodes.failure;
}

/** Whoever leaves gives back what they hold at once, and not only when the lease lapses; from a server that does not answer they go all the same. */
async function handBack(client: DeskClient): Promise<void> {
  if (client.snapshot.connection.kind !== 'open') return;
  const held = [...client.snapshot.sessions.values()].filter(({ role }) => role === 'holder');
  const late = deferred<void>();
  const timer = systemClock.after(handBackMs, () => late.resolve());
  const left = held.map(({ sessionId }) => client.leave(sessionId).catch(() => undefined));
  await Promise.race([Promise.all(left), late.promise]);
  timer.cancel();
}

function endCode(client: DeskClient, target: Target, io: Io, code: number): number {
  if (io.signal.aborted) return io.signal.reason === 'EPIPE' ? exitCodes.ok : exitCodes.interrupted;
  const { connection } = client.snapshot;
  if (connection.kind === 'stopped' && connection.reason !== 'closed') throw stopped(connection, target);
  return code;
}
