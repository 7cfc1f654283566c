// Station: protocol. Why a socket was closed, and whether to come back. Constants only: the browser client loads this file as it is.

/** Close codes of the wire. 4000–4499 say "reconnect" (4401 only with a fresh token), 4500–4999 say "do not". */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  restarting: 1012,
  overloaded: 1013,
  tokenExpired: 4401,
  slowConsumer: 4408,
  forbidden: 4503,
} as const;

/** What a client should do after a close: come back, come back with another token, or stay away. */
export type Reconnect = 'yes' | 'with_fresh_token' | 'no';

/** The rule of the number ranges, for any code, known or not. */
export function reconnectAfter(code: number): Reconnect {
  if (code === closeCodes.tokenExpired) return 'with_fresh_token';
  if (code >= 4500 && code <= 4999) return 'no';
  if (code === closeCodes.policy || code === closeCodes.tooBig || code === closeCodes.protocolError) return 'no';
  return 'yes';
}
