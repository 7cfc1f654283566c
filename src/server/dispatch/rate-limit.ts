// Station: dispatch. How much a user may send a minute, over all devices. Called by dispatcher, before a frame is validated.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
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

/** Takes a point of `userId` for a frame. Rejects with WireError TOO_MANY_REQUESTS and when to come back. */
export type TakePoint = (type: InboundType, userId: string) => Promise<unknown> | undefined;

/** Makes the limiter. `onBlocked` hears of each refusal, by limiter. */
export function createFrameLimiter(settings: FrameLimits, onBlocked: (limiter: string) => void): TakePoint {
  const limiters = {
    messages: new RateLimiterMemory({ points: settings.messagesPerMinute, duration: 60 }),
    actions: new RateLimiterMemory({ points: settings.actionsPerMinute, duration: 60 }),
  };
  return (type, userId) => {
    const limited = limitedAs[type];
    if (limited === null) return undefined;
    return limiters[limited].consume(userId).catch((reason: unknown) => {
      if (!(reason instanceof RateLimiterRes)) throw reason;
      onBlocked(limited);
      throw new WireError('TOO_MANY_REQUESTS', `Too many ${limited} in a minute. Wait a moment, then go on.`, {
        retryAfterMs: reason.msBeforeNext,
      });
    });
  };
}
