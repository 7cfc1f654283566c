// Station: door. What the query of `/ws` asks for. Called by the upgrade. Nothing in it refuses the upgrade (PROTOCOL.md): what is unusable counts as absent.
import { withinCodePoints } from '../../common/code-points.js';
import { limits } from '../../protocol/limits.js';
import type { AttachRequest } from '../chat/api.js';

/** Splits a request target into path and query. */
export function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const at = target.indexOf('?');
  return at === -1
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, at), query: new URLSearchParams(target.slice(at + 1)) };
}

/** Reads `session_id`, `new`, `last_seq`, `turn_id` and `index`. */
export function attachRequestOf(query: URLSearchParams): AttachRequest {
  const sessionId = boundedParam(query, 'session_id', limits.sessionId);
  const turnId = boundedParam(query, 'turn_id', limits.turnId);
  const lastSeq = wholeParam(query, 'last_seq');
  const index = wholeParam(query, 'index');
  const fresh = query.get('new');
  return {
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(fresh === '1' || fresh === 'true' ? { fresh: true } : {}),
    ...(lastSeq === undefined ? {} : { lastSeq }),
    ...(turnId === undefined ? {} : { turnId }),
    ...(index === undefined ? {} : { index }),
  };
}

function boundedParam(query: URLSearchParams, name: string, max: number): string | undefined {
  const value = query.get(name)?.trim();
  return value === undefined || value === '' || !withinCodePoints(value, max) ? undefined : value;
}

function wholeParam(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || !/^\d{1,16}$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}
