// Station: cli/chat. `chatbox chat`: which conversation, which kind of talking. Called by the command; loads the screen only for a terminal.
import type { ChatClient } from '../../client/chat-client.js';
import { ChatError } from '../../client/chat-error.js';
import type { HistoryPage } from '../../client/history.js';
import type { Invocation, Io } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { jsonLine } from '../output/json-line.js';
import { resolveTarget, type Target, type TargetRequest } from '../target.js';
import { targetRequest } from '../target-request.js';
import { safeText } from '../ui/safe-text.js';
import { plainTheme, terminalTheme } from '../ui/theme.js';
import { type ChatRequest, chatRequest } from './chat-request.js';
import { clientFor, connect, firstConnectMs, requestFailed, stopped } from './connect.js';
import { historyJson, historyText } from './history-text.js';
import { lastSession } from './last-session.js';
import { converse, type LineMode, runLines } from './line-mode.js';
import { hasColor, screenOf } from './screen-of.js';

/** Runs the command. Resolves to the exit code; throws CliError. */
export async function runChat(invocation: Invocation): Promise<number> {
  const { io } = invocation;
  const request = chatRequest(invocation);
  const asked = targetRequest(invocation, 'user');
  const target = await resolveTarget(io, asked);
  // Timers of the client do not keep the process alive, and between two connections there is no socket that would.
  const alive = setInterval(() => undefined, 60_000);
  try {
    const page = await earlier(invocation, request, target, asked);
    const client = clientFor(io, target, asked, sessionOptions(request, page));
    try {
      return await talk(invocation, request, client, target);
    } finally {
      client.close();
    }
  } catch (cause) {
    throw requestFailed(cause, target) ?? cause;
  } finally {
    clearInterval(alive);
  }
}

/** Finds the conversation to go on with, and shows it for --resume. */
async function earlier(
  invocation: Invocation,
  request: ChatRequest,
  target: Target,
  asked: TargetRequest,
): Promise<HistoryPage | null> {
  if (!request.isResume && request.sessionId === undefined) return null;
  const { io, global, output } = invocation;
  const page = await lastSession(clientFor(io, target, asked, {}), request.sessionId);
  if (page === null) output.talk('there is no conversation yet: this is the first');
  else if (request.isResume && global.json) await output.data(historyJson(page));
  else if (request.isResume) {
    const { isTTY, columns } = io.stdout;
    const theme = isTTY === true ? terminalTheme(hasColor(io)) : plainTheme;
    await output.data(historyText(page, isTTY === true ? (columns ?? 80) : null, theme));
  }
  return page;
}

function sessionOptions(request: ChatRequest, page: HistoryPage | null) {
  if (request.isNew) return { startNew: true };
  return page === null ? {} : { sessionId: page.sessionId, lastSeq: page.messages.at(-1)?.seq ?? 0 };
}

async function talk(invocation: Invocation, request: ChatRequest, client: ChatClient, target: Target): Promise<number> {
  const { io, global, output } = invocation;
  if (global.json) client.onFrame((frame) => void io.stdout.write(`${jsonLine(frame)}\n`));
  await connect(client, target, Math.min(firstConnectMs, request.answerTimeoutMs), io.signal);
  const screen = request.message === undefined && !global.json ? screenOf(io) : null;
  try {
    if (!io.signal.aborted && screen !== null) {
      if (request.modelId !== undefined) client.selectModel(request.modelId);
      const { runChatScreen } = await import('../ui/run-chat-screen.js');
      await runChatScreen({ ...screen, client, hasColor: hasColor(io), signal: io.signal });
      return endCode(client, target, io, exitCodes.ok);
    }
    const mode = modeOf(invocation, request, client);
    const leave = tellConnection(client, invocation);
    const code = io.signal.aborted ? exitCodes.ok : await talkInLines(request, mode, io);
    leave();
    return endCode(client, target, io, code);
  } catch (cause) {
    if (cause instanceof ChatError && cause.code === 'stopped') return endCode(client, target, io, exitCodes.failure);
    if (io.signal.aborted) return endCode(client, target, io, exitCodes.ok);
    output.warn('the conversation ended in an error');
    throw cause;
  }
}

async function talkInLines(request: ChatRequest, mode: LineMode, io: Io): Promise<number> {
  if (request.message === undefined) return await runLines(mode);
  const problem = await converse(request.message, undefined, mode);
  if (problem === null || io.signal.aborted) return exitCodes.ok;
  mode.output.warn(problem);
  return exitCodes.failure;
}

function modeOf({ io, global, output }: Invocation, request: ChatRequest, client: ChatClient): LineMode {
  // A file gets the answer as it is; a terminal only what is safe to draw.
  const clean = io.stdout.isTTY === true ? safeText : (text: string) => text;
  const print = (text: string): void => void io.stdout.write(text);
  return {
    client,
    input: io.stdin,
    output,
    isJson: global.json,
    style: {
      modelId: request.modelId,
      timeoutMs: request.answerTimeoutMs,
      signal: io.signal,
      onText: global.json ? () => undefined : (text) => print(clean(text)),
    },
    onEnd: global.json ? () => undefined : () => print('\n'),
  };
}

/** Says on stderr when the connection goes and comes. */
function tellConnection(client: ChatClient, { output }: Invocation): () => void {
  let wasLost = false;
  return client.subscribe(({ connection }) => {
    if (connection.kind === 'waiting' && !wasLost)
      output.talk(`connection lost: ${safeText(connection.why)} Trying again.`);
    if (connection.kind === 'open' && wasLost) output.talk('connected again');
    if (connection.kind === 'waiting' || connection.kind === 'open') wasLost = connection.kind === 'waiting';
  });
}

/** The exit code: interrupted by a signal, refused by the server, else `code`. Nobody reading any more is no error. */
function endCode(client: ChatClient, target: Target, io: Io, code: number): number {
  if (io.signal.aborted) return io.signal.reason === 'EPIPE' ? exitCodes.ok : exitCodes.interrupted;
  const { connection } = client.snapshot;
  if (connection.kind === 'stopped' && connection.reason !== 'closed') throw stopped(connection, target);
  return code;
}
