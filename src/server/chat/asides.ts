// Station: chat. What admins tell the model, beside the log. Called by desk and admin-speech (keep) and turn-run (read).
import type { Aside } from '../ports/store.js';
import type { ChatContext } from './context.js';
import { noSuchSession } from './floor.js';
import type { LiveSession } from './live-session.js';
import { usedBefore } from './same-send.js';

/** Of more the model is shown the newest. */
const maxShown = 200;

/** Keeps and reads asides. */
export class Asides {
  readonly #context: ChatContext;

  constructor(context: ChatContext) {
    this.#context = context;
  }

  /**
   * Keeps an aside; the same one again is kept already.
   * @throws WireError INVALID_FORMAT when its id was used for another text
   */
  async keep(session: LiveSession, aside: Omit<Aside, 'sessionId' | 'at'>): Promise<Aside> {
    const whole: Aside = { ...aside, sessionId: session.id, at: this.#context.clock.now() };
    const kept = await this.#context.store.putAside(whole);
    if (kept === 'gone') throw noSuchSession();
    session.hasAsides = true;
    if (kept === 'kept') return whole;
    const known = (await this.#context.store.asides(session.id, maxShown)).find(({ id }) => id === aside.id);
    // One that is older than all that are read can't be compared: the id is refused, as one that was used.
    if (known === undefined || known.text !== aside.text || known.adminId !== aside.adminId) throw usedBefore(aside.id);
    return known;
  }
}

/** The asides that a model call is shown. A replica that is alone knows when there are none, and does not ask the store again. */
export async function asidesFor(session: LiveSession, context: ChatContext): Promise<readonly Aside[]> {
  if (context.settings.isSoleReplica && session.hasAsides === false) return [];
  const asides = await context.store.asides(session.id, maxShown);
  // One that is kept in this moment is not overlooked for ever.
  session.hasAsides ??= asides.length > 0;
  return asides;
}
