// Station: cli/store. What a store that failed means to the person at the terminal. Called by serve and the store commands.
import { splitAdvice } from '../../common/advice.js';
import { StoreError, type StoreErrorKind } from '../../server/ports/store.js';
import { CliError, exitCodes } from '../exit-codes.js';

const codes: Readonly<Record<StoreErrorKind, number>> = {
  busy: exitCodes.conflict,
  unavailable: exitCodes.unavailable,
  full: exitCodes.unavailable,
  unknown_outcome: exitCodes.unavailable,
  invalid: exitCodes.failure,
  corrupt: exitCodes.failure,
  closed: exitCodes.failure,
};

/** What kept a command from its store as the error to throw: a StoreError or an error that brings its `fix`, explained; any other as it is. */
export function explained(cause: unknown): unknown {
  if (cause instanceof CliError) return cause;
  if (cause instanceof Error && 'fix' in cause && typeof cause.fix === 'string')
    return new CliError(exitCodes.config, cause.message, cause.fix, cause);
  return explainStore(cause) ?? cause;
}

/** A StoreError as what failed and how to mend it: the store writes one sentence for each. Null for any other error. */
export function explainStore(cause: unknown): CliError | null {
  if (!(cause instanceof StoreError)) return null;
  const { what, fix } = splitAdvice(cause.message);
  return new CliError(codes[cause.kind], `store: ${what}`, fix ?? undefined, cause);
}
