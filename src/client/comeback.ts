// Station: client. What to do after a link went down. Pure. Called by chat-client.
import { fullJitter } from '../common/backoff.js';
import type { Random } from '../common/random.js';
import { reconnectAfter } from '../protocol/close-codes.js';
import type { LinkDown } from './link.js';
import type { Refusal } from './refusal.js';
import type { ClientSettings } from './settings.js';
import type { StopReason } from './snapshot.js';

/** What comes next. `needsFreshToken`: only a token other than the last one is worth trying. */
export type Comeback =
  | { readonly kind: 'again'; readonly hintMs: number | null; readonly needsFreshToken: boolean; readonly why: string }
  | { readonly kind: 'stop'; readonly reason: StopReason; readonly message: string };

/** After a link that had been ready: the code says whether to come back, a hint given before says when. */
export function afterClose(down: LinkDown, hintMs: number | null): Comeback {
  if (down.kind === 'silent') return again('The server went silent.', hintMs);
  switch (reconnectAfter(down.code)) {
    case 'yes':
      return again(`The connection was closed (${down.code}).`, hintMs);
    case 'with_fresh_token':
      return { kind: 'again', hintMs: null, needsFreshToken: true, why: 'The token expired.' };
    case 'no':
      return {
        kind: 'stop',
        reason: 'forbidden',
        message: `The server closed the connection for good (${down.code}).`,
      };
  }
}

/** After an upgrade that did not succeed. */
export function afterRefusal(refusal: Refusal): Comeback {
  switch (refusal.kind) {
    case 'token':
      return { kind: 'again', hintMs: null, needsFreshToken: true, why: refusal.message };
    case 'forbidden':
      return { kind: 'stop', reason: 'forbidden', message: refusal.message };
    case 'passing':
      return again(refusal.message, refusal.retryAfterMs ?? null);
  }
}

/** How long to wait before attempt number `attempt` (0 is the first): the server's hint, and full jitter on top, so that a crowd does not come as one. */
export function delayBefore(attempt: number, hintMs: number | null, settings: ClientSettings, random: Random): number {
  const bounds = { baseMs: settings.backoffBaseMs, capMs: settings.backoffCapMs };
  return Math.min(hintMs ?? 0, settings.maxHintMs) + fullJitter(attempt, bounds, random);
}

/** Try again with whatever token there is. */
export function again(why: string, hintMs: number | null = null): Comeback {
  return { kind: 'again', hintMs, needsFreshToken: false, why };
}
