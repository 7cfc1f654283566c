// Station: app. What adapters are made with, and the error of a choice that cannot be made good. Called by the adapters.
import type { Clock } from '../../common/clock.js';
import type { Random } from '../../common/random.js';
import type { Log, Meter } from '../ports/telemetry.js';

/** What adapters are made with. */
export interface AdapterDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/** A choice that this version cannot make good. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}
