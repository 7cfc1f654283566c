// Station: chat. Removes ended sessions that were kept as long as they are to be kept (SESSION_RETENTION). Called by the sweeps.
import type { ChatContext } from './context.js';
import { takeLease } from './note-lease.js';

const leaseName = 'lease/retention';
const leaseMs = 60_000;
/** Few at a time: each removal costs as much as its session is long, and conversations go on beside it. */
const batchSize = 20;

/**
 * Removes what is due, a small batch at a time and the oldest first, on one server at a time; an active session never. Resolves to how many were removed.
 * @param isStopped asked between removals
 */
export async function removeExpired(context: ChatContext, isStopped: () => boolean): Promise<number> {
  const { bus, clock, log, settings, store } = context;
  if (settings.sessionRetentionMs === null) return 0;
  let removed = 0;
  while (!isStopped() && (await takeLease(context, leaseName, leaseMs))) {
    const due = await store.expiredSessions(clock.now() - settings.sessionRetentionMs, batchSize);
    for (const id of due) {
      if (isStopped()) break;
      await store.deleteSession(id);
      bus.publish(id, { kind: 'deleted' });
      removed += 1;
    }
    if (due.length < batchSize) break;
  }
  if (removed > 0) log.info('retention', { removed });
  return removed;
}
