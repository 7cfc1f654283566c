// Station: store/encryption. Appends of one turn of the event loop, sealed one right after the other. Called by the layer.
import { type Deferred, deferred } from '../../../common/deferred.js';
import type { AppendResult, Entry, Sealed, Store, Turn } from '../../ports/store.js';
import type { createSealing } from './sealing.js';

/** An append that waits for the end of the turn. */
interface Waiting {
  readonly sessionId: string;
  readonly seq: number;
  readonly entry: Entry;
  readonly turn: Turn | undefined;
  readonly result: Deferred<AppendResult<Sealed>>;
}

/**
 * Gathers appends until the turn of the event loop is over, then seals all of them: between the reading and writing of sockets each would find the cipher's
 * code out of the processor's caches, which costs more than the sealing itself (`npm run bench:store -- sealing`). `flush` does it at once.
 */
export function sealedTogether(
  inner: Pick<Store<Sealed>, 'append'>,
  sealing: Pick<ReturnType<typeof createSealing>, 'sealEntry' | 'sealTurn'>,
) {
  let waiting: Waiting[] = [];

  function flush(): void {
    const together = waiting;
    waiting = [];
    for (const { sessionId, seq, entry, turn, result } of together) {
      try {
        const sealedTurn = turn === undefined ? undefined : sealing.sealTurn(turn);
        inner
          .append(sessionId, seq, sealing.sealEntry(sessionId, seq, entry), sealedTurn)
          .then(result.resolve, result.reject);
      } catch (error) {
        result.reject(error);
      }
    }
  }

  return {
    append(sessionId: string, seq: number, entry: Entry, turn: Turn | undefined): Promise<AppendResult<Sealed>> {
      const result = deferred<AppendResult<Sealed>>();
      if (waiting.push({ sessionId, seq, entry, turn, result }) === 1) setImmediate(flush);
      return result.promise;
    },
    flush,
  };
}
