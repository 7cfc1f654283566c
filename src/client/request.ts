// Station: client. One HTTP request with a deadline, its refusal as a ChatError. Called by history and refusal.
import type { Clock } from '../common/clock.js';
import { limits } from '../protocol/limits.js';
import { ChatError } from './chat-error.js';
import { isRecord } from './parse-frame.js';
import type { FetchAnswer, FetchLike } from './platform.js';

/** What a request needs. */
export interface RequestContext {
  readonly server: string;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
}

/** An answer of the server: its status, its JSON (null when it is none), and when to come back. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> | null;
  readonly retryAfterMs: number | undefined;
}

/** Asks `url` with the token. Throws ChatError `unreachable` when nothing answers in time. */
export async function request(context: RequestContext, url: string, token: string): Promise<Answer> {
  const abort = new AbortController();
  const timer = context.clock.after(context.requestTimeoutMs, () => abort.abort());
  try {
    const init = { method: 'GET', headers: { Authorization: `Bearer ${token}` }, signal: abort.signal } as const;
    const answer = await context.fetch(url, init);
    return { status: answer.status, body: await bodyOf(answer), retryAfterMs: retryAfterOf(answer) };
  } catch (cause) {
    const why = abort.signal.aborted ? `no answer within ${context.requestTimeoutMs} ms` : 'no connection';
    throw new ChatError('unreachable', `The server can't be reached: ${why}.`, { cause });
  } finally {
    timer.cancel();
  }
}

/** The JSON of a good answer. Throws ChatError `refused` with the status and the server's sentence. */
export async function getJson(context: RequestContext, url: string, token: string): Promise<Record<string, unknown>> {
  const { status, body, retryAfterMs } = await request(context, url, token);
  if (status === 200 && body !== null) return body;
  throw new ChatError('refused', sentenceOf({ status, body, retryAfterMs }), { status, retryAfterMs });
}

/** What the server said of a refusal, bounded; the status where it said nothing. */
export function sentenceOf({ status, body }: Answer): string {
  const said = body?.message ?? body?.error;
  return typeof said === 'string' && said !== ''
    ? said.slice(0, limits.errorMessage)
    : `The server answered with status ${status}.`;
}

async function bodyOf(answer: FetchAnswer): Promise<Record<string, unknown> | null> {
  try {
    const body = await answer.json();
    return isRecord(body) ? body : null;
  } catch {
    // A proxy's page of HTML, or an empty body: the status says enough.
    return null;
  }
}

/** `Retry-After` in seconds; its other form, a date, is not used by this server. */
function retryAfterOf(answer: FetchAnswer): number | undefined {
  const seconds = answer.headers.get('retry-after');
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}
