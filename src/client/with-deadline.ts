// Station: client. A promise that does not wait for ever. Called by connector and answer-of.
import type { Clock } from '../common/clock.js';
import { ChatError } from './chat-error.js';

/** Settles as `promise` does, or rejects with ChatError `deadline` and `message` after `ms` milliseconds. */
export async function withDeadline<T>(promise: Promise<T>, ms: number, clock: Clock, message: string): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new ChatError('deadline', message)));
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
