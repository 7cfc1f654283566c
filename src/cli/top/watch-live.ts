// Station: cli/top. Looks at a server again and again: what it does now, and who waits for a person. Called by run-top.
import type { SessionMeta } from '../../protocol/http-session.js';
import type { AdminApi } from '../sessions/admin-api.js';

/** One look. */
export interface Look {
  readonly connections: number;
  readonly sessions: number;
  readonly answering: number;
  readonly waiting_for_help: number;
  /** Over the time since the look before; null for the first. */
  readonly tokens_per_second: number | null;
  /** Those who wait, longest first. */
  readonly waiting: readonly {
    readonly session_id: string;
    readonly user_id: string;
    readonly since: string;
    readonly name: string;
  }[];
  readonly timestamp: string;
}

const shownWaiting = 50;

/** Makes a looker: each call is one look. It remembers the tokens of the one before. */
export function createLooker(api: Pick<AdminApi, 'get'>): () => Promise<Look> {
  let before: { readonly tokens: number; readonly atMs: number } | null = null;
  return async () => {
    const [live, list] = await Promise.all([
      api.get(['admin', 'live']),
      api.get(['admin', 'sessions'], {
        help_requested: 'true',
        status: 'active',
        sort_by: 'last_activity',
        sort_order: 'asc',
        limit: shownWaiting,
      }),
    ]);
    const number = (name: string): number => (typeof live[name] === 'number' ? live[name] : 0);
    const timestamp = typeof live.timestamp === 'string' ? live.timestamp : '';
    const atMs = Date.parse(timestamp);
    const tokens = number('tokens');
    const seconds = before === null ? 0 : (atMs - before.atMs) / 1_000;
    // A server that was started anew counts from none again.
    const isNext = before !== null && seconds > 0 && tokens >= before.tokens;
    const rate = isNext && before !== null ? Math.round(((tokens - before.tokens) / seconds) * 10) / 10 : null;
    before = { tokens, atMs };
    const waiting = Array.isArray(list.sessions) ? (list.sessions as SessionMeta[]) : [];
    return {
      connections: number('connections'),
      sessions: number('sessions'),
      answering: number('answering'),
      waiting_for_help: number('waiting_for_help'),
      tokens_per_second: rate,
      waiting: waiting.map(({ session_id, user_id, last_activity, name }) => ({
        session_id,
        user_id,
        since: last_activity,
        name,
      })),
      timestamp,
    };
  };
}
