// Station: cli/doctor. The store, by the examination of its own adapter. Listed in run-doctor.
import { systemClock } from '../../../common/clock.js';
import type { Config } from '../../../server/config/schema.js';
import type { DoctorCheck } from '../check.js';

/** What a store that does not answer takes to say so, in milliseconds. */
export const leastMs = 8_000;

/** The store: reached, written to, indexed, in time. */
export const storeCheck: DoctorCheck = {
  name: 'store',
  why: 'nothing is acknowledged that is not stored: without a store, or with one that is slow or out of step, nobody can talk',
  leastMs,
  run: async ({ config, timeoutMs }) => {
    const { examineStore } = await import('../../../server/examine.js');
    return await examineStore(hurried(config, timeoutMs), systemClock);
  },
};

/** The configuration with a store that gives up before the check does, so that it says itself what is wrong. */
export function hurried(config: Config, timeoutMs: number): Config {
  const mongoStartTimeoutMs = Math.min(config.store.mongoStartTimeoutMs, Math.round(timeoutMs * 0.4));
  return { ...config, store: { ...config.store, mongoStartTimeoutMs } };
}
