// Station: chat. A lease in a note of the store: of several servers one does a job at a time. Called by the sweeps.
import type { ChatContext } from './context.js';

/** How much later than its end a lease of another server is taken over: clocks differ. */
const graceMs = 5_000;

interface Held {
  readonly owner: string;
  readonly until: number;
}

/**
 * Takes or renews the lease `name` for `ms`; false where another server holds it. Written by compare-and-set on what was read, so that of two that find it
 * lapsed one gets it.
 */
export async function takeLease(
  context: Pick<ChatContext, 'store' | 'clock' | 'settings'>,
  name: string,
  ms: number,
): Promise<boolean> {
  const { clock, settings, store } = context;
  const now = clock.now();
  const found = await store.note(name);
  const held = found === null ? null : read(found);
  if (held !== null && held.owner !== settings.replicaId && held.until + graceMs > now) return false;
  const mine: Held = { owner: settings.replicaId, until: now + ms };
  return store.putNote(name, found, JSON.stringify(mine));
}

/** What cannot be read is nobody's. */
function read(value: string): Held | null {
  try {
    const held = JSON.parse(value) as Partial<Held>;
    return typeof held.owner === 'string' && typeof held.until === 'number'
      ? { owner: held.owner, until: held.until }
      : null;
  } catch {
    return null;
  }
}
