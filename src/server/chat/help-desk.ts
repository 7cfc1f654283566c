// Station: chat. Tells every connected admin that a user asks for a person, on whichever replica they are. Called by create-chat, sends and sweeps.
import type { SessionEvent } from '../ports/bus.js';
import { type Participant, SharedFrame } from '../ports/participant.js';
import type { ChatContext } from './context.js';
import { stamp } from './frames.js';

/** The bus carries events by session; no session has this id, because those are made by the server. */
const channel = '@help-desk';
const maxListed = 100;
/** A call for help that was told is remembered at least so long: the list may lag behind the bell. */
const rememberMs = 30_000;

type Call = Omit<SessionEvent & { readonly kind: 'help' }, 'kind'>;

/** The admins that are connected here, and what they were told. Bounded by what a list shows. */
export class HelpDesk {
  readonly #context: ChatContext;
  readonly #admins = new Set<Participant>();
  readonly #told = new Map<string, number>();
  #unsubscribe: () => void = () => undefined;

  constructor(context: ChatContext) {
    this.#context = context;
  }

  start(): void {
    this.#unsubscribe = this.#context.bus.subscribe(channel, (event) => {
      if (event.kind === 'help') this.#tell(event);
    });
  }

  stop(): void {
    this.#unsubscribe();
  }

  entered(participant: Participant): void {
    if (participant.user.isAdmin) this.#admins.add(participant);
  }

  left(participant: Participant): void {
    this.#admins.delete(participant);
  }

  /** A user asks for a person: rings on every replica that the bus reaches. */
  ring(call: Call): void {
    this.#context.bus.publish(channel, { kind: 'help', ...call });
  }

  /** Finds what no bell told of: calls on replicas that the bus does not reach. What waited before is in the lists that admins read; it is told here once more. */
  async look(): Promise<void> {
    const { clock, settings, store } = this.#context;
    if (settings.isSoleReplica || this.#admins.size === 0) {
      this.#told.clear();
      return;
    }
    const now = clock.now();
    const page = await store.listSessions({
      status: 'active',
      helpRequested: true,
      sortBy: 'last_activity',
      sortOrder: 'desc',
      limit: maxListed,
      now,
    });
    const waiting = new Set(page.sessions.map(({ id }) => id));
    for (const [id, at] of this.#told) if (!waiting.has(id) && now - at > rememberMs) this.#told.delete(id);
    for (const { id, userId } of page.sessions) {
      if (!this.#told.has(id)) this.#tell({ sessionId: id, userId, place: page.sessions.length });
      this.#told.set(id, now);
    }
  }

  #tell({ sessionId, userId, place }: Call): void {
    const { clock, settings } = this.#context;
    if (this.#admins.size === 0) return;
    if (!settings.isSoleReplica) this.#told.set(sessionId, clock.now());
    const frame = new SharedFrame({
      type: 'notification',
      timestamp: stamp(clock.now()),
      sender: 'system',
      content: 'A user asks for a person.',
      metadata: { code: 'HELP_REQUESTED', session_id: sessionId, user_id: userId, queue_place: String(place) },
    });
    for (const admin of this.#admins) admin.send(frame);
  }
}
