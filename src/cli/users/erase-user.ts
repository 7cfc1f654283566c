// Station: cli/users. Runs `chatbox users erase`: removes a user's sessions and what is counted of them; the receipt holds ids and counts, never a text.
import { systemClock } from '../../common/clock.js';
import type { Invocation } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { sessionsOf, userArgument, withStore } from './user-sessions.js';

/** What was removed, or would be. */
interface Receipt {
  readonly user_id: string;
  readonly erased: boolean;
  readonly sessions: readonly { readonly session_id: string; readonly entries: number }[];
  readonly entries: number;
  readonly at: string;
}

/** Prints the receipt. Without --yes nothing is removed, and the exit code is 2. Running it again removes what a first run that was cut off left. */
export async function eraseUser(invocation: Invocation): Promise<number> {
  const userId = userArgument(invocation);
  const isMeant = invocation.options.yes === true;
  const receipt = await withStore(invocation, async (store): Promise<Receipt> => {
    const found: { session_id: string; entries: number }[] = [];
    for await (const { id } of sessionsOf(store, userId)) {
      const heads = await store.heads([id]);
      found.push({ session_id: id, entries: heads.get(id) ?? 0 });
    }
    if (isMeant) {
      for (const { session_id } of found) await store.deleteSession(session_id);
      await store.forgetUser(userId);
    }
    const entries = found.reduce((sum, each) => sum + each.entries, 0);
    return {
      user_id: userId,
      erased: isMeant,
      sessions: found,
      entries,
      at: new Date(systemClock.now()).toISOString(),
    };
  });
  await invocation.output.result(receipt, () => {
    const what = `${receipt.sessions.length} sessions with ${receipt.entries} entries of ${userId}`;
    const lines = receipt.sessions.map(({ session_id, entries }) => `  ${session_id}  ${entries}\n`).join('');
    return `${isMeant ? 'erased' : 'would erase'} ${what}\n${lines}`;
  });
  if (isMeant) return exitCodes.ok;
  invocation.output.talk('Nothing was removed. Say --yes to remove it.');
  return exitCodes.usage;
}
