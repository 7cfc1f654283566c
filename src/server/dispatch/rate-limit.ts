// Station: dispatch. How much a user may send a minute, over all devices. Called by dispatcher, before a frame is validated.
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import { WireError } from '../../protocol/errors.js';
import type { InboundType } from '../../protocol/inbound.js';

/** Points a minute. */
export interface FrameLimits {
  /** What a user says: messages, files, voice. */
  readonly messagesPerMinute: number;
  /** What else costs the store or the model something. */
  readonly actionsPerMinute: number;
}

type Limited = 'messages' | 'actions' | null;

const limitedAs: Readonly<Record<InboundType, Limited>> = {
  user_message: 'messages',
  file_upload: 'messages',
  voice_message: 'messages',
  admin_message: 'messages',
  admin_whisper: 'messages',
  model_select: 'actions',
  help_request: 'actions',
  retry: 'actions',
  resume: 'actions',
  token_refresh: 'actions',
  admin_join: 'actions',
  admin_leave: 'actions',
  admin_watch: 'actions',
  cancel: null,
  typing_indicator: null,
  ping: null,
};

/** Limits frames by user. */
export interface FrameLimiter {
  /** Takes a point of `userId` for a frame; undefined where none is needed. What it rejects with is for `explain`. */
  take(type: InboundType, userId: string): Promise<unknown> | undefined;
  /** The error to show: TOO_MANY_REQUESTS and when to come back for what `take` rejected with, any other error as it is. */
  explain(reason: unknown, type: InboundType): unknown;
}

/** Makes the limiter. `onBlocked` hears of each refusal, by limiter. */
export function createFrameLimiter(settings: FrameLimits, onBlocked: (limiter: string) => void): FrameLimiter {
  // Each limiter has a memory of its own, so keys need no prefix: to put one before a user's id would make, and hash, a new string for every frame.
  const limiter = (points: number) => new RateLimiterMemory({ points, duration: 60, keyPrefix: '' });
  const limiters = { messages: limiter(settings.messagesPerMinute), actions: limiter(settings.actionsPerMinute) };
  function take(type: InboundType, userId: string): Promise<unknown> | undefined {
    const limited = limitedAs[type];
    if (limited === null) return undefined;
    return limiters[limited].consume(userId);
  }

  function explain(reason: unknown, type: InboundType): unknown {
    if (!(reason instanceof RateLimiterRes)) return reason;
    const limited = limitedAs[type] ?? 'actions';
    onBlocked(limited);
    return new WireError('TOO_MANY_REQUESTS', `Too many ${limited} in a minute. Wait a moment, then go on.`, {
      retryAfterMs: reason.msBeforeNext,
    });
  }

  return { take, explain };
}
