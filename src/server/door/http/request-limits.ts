// Station: door/http. How often someone may ask. Called before a route's handler.
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import type { Meter } from '../../ports/telemetry.js';
import { tooMany } from './http-error.js';
import type { RequestRates } from './settings.js';

/** Whose requests are counted together. */
export type LimiterName = 'public' | 'user' | 'admin' | 'admin_read';

/** Counts requests. */
export interface RequestLimits {
  /**
   * Counts one request of `key` (a user id, or an address).
   * @throws HttpError 429 when the minute's share of that key is used up
   */
  take(limiter: LimiterName, key: string): Promise<void>;
}

const windowSeconds = 60;

/** Makes the limits of one server; each window begins with the first request of its key. */
export function createRequestLimits(rates: RequestRates, meter: Meter): RequestLimits {
  const make = (points: number): RateLimiterMemory => new RateLimiterMemory({ points, duration: windowSeconds });
  const limiters: Readonly<Record<LimiterName, RateLimiterMemory>> = {
    public: make(rates.publicRequestsPerMinute),
    user: make(rates.userRequestsPerMinute),
    admin: make(rates.adminRequestsPerMinute),
    admin_read: make(rates.adminReadsPerMinute),
  };
  return {
    async take(limiter, key) {
      try {
        await limiters[limiter].consume(key);
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        meter.rateLimited(limiter);
        const seconds = Math.ceil(refused.msBeforeNext / 1000);
        throw tooMany(`Too many requests: come back in ${seconds} s.`, refused.msBeforeNext);
      }
    },
  };
}
