// Station: cli/users. The store as the configuration names it, and a user's sessions in it. Called by the users commands.
import { systemClock } from '../../common/clock.js';
import { systemRandom } from '../../common/random.js';
import type { Session, Store } from '../../server/ports/store.js';
import type { Invocation } from '../command.js';
import { loadOrFail } from '../config-options.js';
import { explained } from '../store/store-failure.js';

const pageSize = 100;

/** Opens the store beside the servers that may have it open, hands it to `use`, and closes it. @throws CliError */
export async function withStore<T>(invocation: Invocation, use: (store: Store) => Promise<T>): Promise<T> {
  // As --dev sees it: this needs a store and its keys, not a key for tokens or a model.
  const { config } = await loadOrFail(invocation, 'dev');
  const { openStoreBeside } = await import('../../server/adapters.js');
  try {
    const store = await openStoreBeside(config, {
      clock: systemClock,
      random: systemRandom,
      warn: (event) => invocation.output.warn(event),
    });
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  } catch (cause) {
    throw explained(cause);
  }
}

/** The user that the command is about. */
export function userArgument({ args }: Invocation): string {
  return args[0] ?? '';
}

/** Every session of a user, a page at a time, the oldest first. */
export async function* sessionsOf(store: Store, userId: string): AsyncGenerator<Session> {
  let cursor: string | undefined;
  const now = systemClock.now();
  do {
    const page = await store.listSessions({
      userId,
      sortBy: 'start_time',
      sortOrder: 'asc',
      limit: pageSize,
      now,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.sessions;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
