// Station: store/encryption. Appends of one turn of the event loop, sealed one right after the other. Called by the layer.
import type { AppendResult, Entry, Sealed, Store, Turn } from '../../ports/store.js';
import type { createSealing } from './sealing.js';

/** An append that waits for the end of the turn. */
interface Waiting {
  readonly sessionId: string;
  readonly seq: number;
  readonly entry: Entry;
  readonly turn: Turn | undefined;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (why: unknown) => void;
}

/**
 * Gathers appends until the turn of the event loop is over, then seals all of them: between the reading and writing of sockets each would find the cipher's
 * code out of the processor's caches, which costs more than the sealing itself (`npm run bench:store -- sealing`). `flush` does it at once.
 */
export function sealedTogether(
  inner: Pick<Store<Sealed>, 'append'>,
  sealing: Pick<ReturnType<typeof createSealing>, 'sealEntry' | 'sealTurn' | 'openLog'>,
) {
  let waiting: Waiting[] = [];

  function flush(): void {
    const together = waiting;
    waiting = [];
    for (const one of together) {
      try {
        store(one);
      } catch (error) {
        one.reject(error);
      }
    }
  }

  function store({ sessionId, seq, entry, turn, resolve, reject }: Waiting): void {
    const sealedTurn = turn === undefined ? undefined : sealing.sealTurn(turn);
    const settle = (result: AppendResult<Sealed>) => {
      try {
        resolve(opened(sealing, sessionId, result));
      } catch (error) {
        reject(error);
      }
    };
    inner.append(sessionId, seq, sealing.sealEntry(sessionId, seq, entry), sealedTurn).then(settle, reject);
  }

  return {
    append(sessionId: string, seq: number, entry: Entry, turn: Turn | undefined): Promise<AppendResult> {
      return new Promise((resolve, reject) => {
        if (waiting.push({ sessionId, seq, entry, turn, resolve, reject }) === 1) setImmediate(flush);
      });
    },
    flush,
  };
}

/** The result of an append, its texts opened. */
export function opened(
  sealing: Pick<ReturnType<typeof createSealing>, 'openLog'>,
  sessionId: string,
  result: AppendResult<Sealed>,
): AppendResult {
  return result.kind === 'duplicate'
    ? { kind: 'duplicate', existing: sealing.openLog(sessionId, result.existing) }
    : result;
}
