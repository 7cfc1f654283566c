// Station: store/mongodb. Every call of the port passes here: refused once closed, bounded in time, measured, its error translated. Called by mongodb-store.
import type { Clock } from '../../../common/clock.js';
import { StoreError } from '../../ports/store.js';
import type { Meter } from '../../ports/telemetry.js';
import { type CallKind, translate } from './failure.js';

/** The longest that a call of the port may take (finding R28 wants its error within 5 s). */
export const callDeadlineMs = 4_800;
/** The longest that one command to the server may take, so that one that is cut off can still be asked about. */
export const commandTimeoutMs = 4_000;

/** Runs calls. */
export interface Calls {
  /** Runs a call. Rejects with StoreError and nothing else, within the deadline. */
  run<T>(operation: string, kind: CallKind, call: () => Promise<T>): Promise<T>;
  /** Refuses what is called from now on; resolves when what was called before has its answer, at the latest at its deadline. */
  close(): Promise<void>;
}

/** Makes the gate of all calls. */
export function createCalls(clock: Clock, meter: Pick<Meter, 'storeOperation'> | undefined): Calls {
  let isClosed = false;
  const underWay = new Set<Promise<unknown>>();
  return {
    async close() {
      isClosed = true;
      await Promise.allSettled(underWay);
    },
    run<T>(operation: string, kind: CallKind, call: () => Promise<T>): Promise<T> {
      if (isClosed) return Promise.reject(new StoreError('closed', 'The store is closed.'));
      const startedAt = clock.monotonic();
      const answer = bounded(clock, callDeadlineMs, call(), () => overdue(kind))
        .catch((error: unknown) => {
          throw translate(error, kind);
        })
        .finally(() => meter?.storeOperation(operation, (clock.monotonic() - startedAt) / 1_000));
      underWay.add(answer);
      const forget = (): void => void underWay.delete(answer);
      answer.then(forget, forget);
      return answer;
    },
  };
}

/**
 * Settles as `work` does, or rejects at the deadline: the driver leaves a command without an answer for ever whose connection breaks in the moment in which
 * it is written (it waits for a socket to drain that is gone).
 */
export function bounded<T>(clock: Clock, ms: number, work: Promise<T>, late: () => StoreError): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(late()));
    work.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}

function overdue(kind: CallKind): StoreError {
  return kind === 'write'
    ? new StoreError('unknown_outcome', 'MongoDB took a write and did not confirm it in time: it may be done.')
    : new StoreError('unavailable', 'MongoDB did not answer in time. Try again.');
}
