// Station: store/sqlite. How what failed on a thread is said on another: all that the main thread loads of the database. Called by database, worker, thread.
import { StoreError, type StoreErrorKind } from '../../ports/store.js';

/** How a call failed, as it crosses between threads. */
export interface Failure {
  readonly failed: StoreErrorKind;
  readonly message: string;
  /** What the driver said, for whoever looks into the cause. It names tables and codes, never content. */
  readonly detail?: string;
}

/** A call's result, or its failure; no operation returns an object with `failed`. */
export type Reply = unknown;

/** Whether a reply says that the call failed. */
export function isFailure(reply: Reply): reply is Failure {
  return typeof reply === 'object' && reply !== null && 'failed' in reply;
}

/** `error` as it crosses between threads. */
export function failure(error: unknown): Failure {
  const known =
    error instanceof StoreError
      ? error
      : new StoreError('unavailable', 'The store failed by a defect of chatbox.', error);
  const detail = known.cause instanceof Error ? { detail: known.cause.message } : {};
  return { failed: known.kind, message: known.message, ...detail };
}

/** The error that a failure was. */
export function fromFailure({ failed, message, detail }: Failure): StoreError {
  return new StoreError(failed, message, detail === undefined ? undefined : new Error(detail));
}
