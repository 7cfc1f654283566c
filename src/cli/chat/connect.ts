// Station: cli/chat. A client of the server that the options name, and its first connection or a clear word why there is none. Called by run-chat.
import { WebSocket } from 'ws';
import { ChatClient } from '../../client/chat-client.js';
import { ChatError } from '../../client/chat-error.js';
import type { ChatClientOptions } from '../../client/options.js';
import type { ConnectionState } from '../../client/snapshot.js';
import { systemClock } from '../../common/clock.js';
import type { Io } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { resolveTarget, type Target, type TargetRequest } from '../target.js';

/** A first connection that takes longer is given up; a later one never is. Milliseconds. */
export const firstConnectMs = 10_000;

/** Makes a client. The token is read from its file again for each connection, so that a new one is found there. */
export function clientFor(
  io: Io,
  target: Target,
  request: TargetRequest,
  session: Partial<ChatClientOptions>,
): ChatClient {
  return new ChatClient({
    ...session,
    server: target.httpUrl,
    token: async () => (await resolveTarget(io, request)).token,
    WebSocket,
  });
}

/** A client of either kind. */
export interface Connectable {
  connect(): void;
  subscribe(listener: (snapshot: { readonly connection: ConnectionState }) => void): () => void;
}

/** Connects within `ms` milliseconds, or throws CliError: auth when the server refuses, unavailable when it is not there. */
export async function connect(client: Connectable, target: Target, ms: number, signal: AbortSignal): Promise<void> {
  let lastReason = 'nothing answers there';
  const state = await new Promise<ConnectionState | null>((resolve) => {
    const timer = systemClock.after(ms, () => leave(null));
    const leave = (found: ConnectionState | null): void => {
      timer.cancel();
      unsubscribe();
      signal.removeEventListener('abort', abort);
      resolve(found);
    };
    const abort = (): void => leave(null);
    const unsubscribe = client.subscribe(({ connection }) => {
      if (connection.kind === 'waiting') lastReason = connection.why;
      if (connection.kind === 'open' || connection.kind === 'stopped') leave(connection);
    });
    signal.addEventListener('abort', abort);
    if (signal.aborted) leave(null);
    else client.connect();
  });
  if (signal.aborted) return;
  if (state === null) throw unreachable(target, lastReason);
  if (state.kind === 'stopped') throw stopped(state, target);
}

/** What a stopped connection means to the person. */
export function stopped(state: ConnectionState & { readonly kind: 'stopped' }, target: Target): CliError {
  const what = `${target.httpUrl} does not let you in: ${state.message}`;
  return new CliError(
    exitCodes.auth,
    what,
    `the token is from ${target.tokenSource}; look at it with \`chatbox token inspect\`, make another with \`chatbox token create\``,
  );
}

/** What a failed HTTP request means to the person; null for what is none of ours. */
export function requestFailed(cause: unknown, target: Target): CliError | null {
  if (!(cause instanceof ChatError)) return null;
  if (cause.status === 401 || cause.status === 403)
    return stopped({ kind: 'stopped', reason: 'unauthorized', message: cause.message }, target);
  if (cause.code === 'unreachable' || cause.status === 503) return unreachable(target, cause.message);
  return new CliError(codes[cause.code] ?? exitCodes.failure, cause.message, undefined, cause);
}

/** Refusals over the socket that have an exit code of their own. */
const codes: Readonly<Record<string, number>> = {
  INSUFFICIENT_PERMISSIONS: exitCodes.auth,
  NOT_FOUND: exitCodes.notFound,
  SESSION_HELD: exitCodes.conflict,
  SESSION_ENDED: exitCodes.conflict,
};

function unreachable(target: Target, why: string): CliError {
  return new CliError(
    exitCodes.unavailable,
    `no connection to ${target.httpUrl}: ${why}`,
    'is the server running? Start one with `npm start`, or name another: --server URL (with its path prefix)',
  );
}
