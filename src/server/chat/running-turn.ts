// Station: chat. A turn that runs on this replica, as its session sees it. Implemented by turn-run.

/** Why a run was stopped from outside. */
export type StopReason = 'cancelled' | 'interrupted';

/** A turn that runs here. */
export interface RunningTurn {
  readonly turnId: string;
  /** Resolves when all that is to be written of it is written, or was given up. */
  readonly done: Promise<void>;
  /** Stops the provider request; what was written is kept. The first reason counts. */
  stop(reason: StopReason): void;
}
