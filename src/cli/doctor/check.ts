// Station: cli/doctor. What a check of the doctor is: data with one function, that says what it found. One file per subject in checks/; the list is in run-doctor.
import type { Finding, Verdict } from '../../server/ports/finding.js';
import type { Invocation } from '../command.js';
import type { Loaded } from '../config-options.js';

/** What a check may look at. */
export interface CheckContext extends Loaded {
  readonly invocation: Invocation;
  /** Fires when the check has used up its time, or the person has had enough. */
  readonly signal: AbortSignal;
  /** What the check may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** A verdict on a part of what a check looks at. */
export type NamedVerdict = Verdict & { readonly name?: string };

/** A check. */
export interface DoctorCheck {
  readonly name: string;
  /** Why it matters, for whoever has to mend it. */
  readonly why: string;
  /** Runs only when it is named with --only. */
  readonly isOnDemand?: boolean;
  /** What it needs whatever `--timeout` says, in milliseconds: the driver of MongoDB gives up by its own clock. */
  readonly leastMs?: number;
  /** What was found. A check that throws has failed; one that finds nothing to look at resolves to none. Never names a credential. */
  readonly run: (context: CheckContext) => Promise<readonly (NamedVerdict | Finding)[]>;
}

/** A finding as it is shown. */
export interface Diagnosis extends Finding {
  readonly why: string;
}

/** All is well. */
export function ok(found: string): Verdict {
  return { state: 'ok', found, fix: null };
}

/** It works, and something should be done. */
export function warning(found: string, fix: string): Verdict {
  return { state: 'warning', found, fix };
}

/** It does not work. */
export function failed(found: string, fix: string): Verdict {
  return { state: 'failed', found, fix };
}
