// Station: cli/sessions. Runs `chatbox sessions tail`: reads along, unseen by the user, until it is interrupted or the session ends.
import type { DeskClient } from '../../client/desk-client.js';
import type { DeskSnapshot } from '../../client/desk-snapshot.js';
import type { TimelineEntry } from '../../client/snapshot.js';
import { connect, firstConnectMs, requestFailed } from '../chat/connect.js';
import type { Invocation } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { jsonLine } from '../output/json-line.js';
import { resolveTarget } from '../target.js';
import { targetRequest } from '../target-request.js';
import { entryLines } from '../ui/entry-lines.js';
import { safeText } from '../ui/safe-text.js';
import { plainTheme } from '../ui/theme.js';
import { deskOf, sessionMeant } from './find.js';

/** What was said before is shown as far as this. */
const shownBefore = 20;

/** Follows a session: words of an answer as they come, or every frame as NDJSON with --json. */
export async function tailSession(invocation: Invocation): Promise<number> {
  const { io, global } = invocation;
  const target = await resolveTarget(io, targetRequest(invocation, 'admin'));
  const id = await sessionMeant(invocation, invocation.args[0] ?? '');
  const client = await deskOf(invocation);
  const alive = setInterval(() => undefined, 60_000);
  try {
    if (global.json) client.onFrame((frame) => void io.stdout.write(`${jsonLine(frame)}\n`));
    await connect(client, target, firstConnectMs, io.signal);
    if (io.signal.aborted) return exitCodes.interrupted;
    await client.watch(id);
    await client.loadOlder(id, shownBefore);
    await follow(client, id, io.signal, global.json ? () => undefined : (text) => void io.stdout.write(text));
    return io.signal.aborted && io.signal.reason !== 'EPIPE' ? exitCodes.interrupted : exitCodes.ok;
  } catch (cause) {
    throw requestFailed(cause, target) ?? cause;
  } finally {
    client.close();
    clearInterval(alive);
  }
}

/** Prints what is new after each change. Resolves when the session has ended, the client is refused, or the signal fires. */
function follow(client: DeskClient, id: string, signal: AbortSignal, print: (text: string) => void): Promise<void> {
  const printed = { seq: 0, turnId: '', length: 0 };
  return new Promise((resolve) => {
    const leave = (): void => {
      unsubscribe();
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const show = ({ sessions, connection }: DeskSnapshot): void => {
      const chat = sessions.get(id)?.chat;
      if (chat === undefined) return;
      for (const entry of chat.timeline)
        if (entry.seq > printed.seq && !isUnfinished(entry)) print(lineOf(entry, printed));
      if (chat.answer !== null) {
        const { turnId, text, modelId } = chat.answer;
        if (turnId !== printed.turnId && text !== '') print(`${safeText(modelId ?? 'Model')}: `);
        const from = turnId === printed.turnId ? printed.length : 0;
        if (text !== '') Object.assign(printed, { turnId, length: text.length });
        print(safeText(text.slice(from)));
      }
      if (chat.isEnded || connection.kind === 'stopped') leave();
    };
    const unsubscribe = client.subscribe(show);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    else show(client.snapshot);
  });
}

function isUnfinished(entry: TimelineEntry): boolean {
  return entry.kind === 'message' && entry.isPartial;
}

/** An entry as it is printed; of an answer that was printed while it came, only what is left of it. */
function lineOf(entry: TimelineEntry, printed: { seq: number; turnId: string; length: number }): string {
  printed.seq = entry.seq;
  if (entry.kind === 'message' && entry.turnId !== null && entry.turnId === printed.turnId) {
    const rest = safeText(entry.content.slice(printed.length));
    const end = entry.end === null || entry.end === 'complete' ? '' : ` [${entry.end}]`;
    return `${rest}${end}\n`;
  }
  return `${entryLines(entry, { columns: null, theme: plainTheme, userName: 'User' }).join('\n')}\n`;
}
