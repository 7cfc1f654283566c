// Station: cli/doctor. Runs one check of the doctor, with a deadline, and measures it. Called by run-doctor.
import { systemClock } from '../../common/clock.js';
import type { Invocation } from '../command.js';
import type { Loaded } from '../config-options.js';
import { CliError } from '../exit-codes.js';
import { explained } from '../store/store-failure.js';
import type { Diagnosis, DoctorCheck } from './check.js';

/** Runs a check to its end or its deadline; never rejects. */
export async function runCheck(
  check: DoctorCheck,
  loaded: Loaded,
  invocation: Invocation,
  allowedMs: number,
): Promise<readonly Diagnosis[]> {
  const timeoutMs = Math.max(allowedMs, check.leastMs ?? 0);
  const startedAt = systemClock.monotonic();
  const late = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([late, invocation.io.signal]);
  const took = () => Math.round(systemClock.monotonic() - startedAt);
  try {
    const found = await Promise.race([check.run({ ...loaded, invocation, signal, timeoutMs }), whenAborted(signal)]);
    return found.map((each) => ({ name: check.name, tookMs: took(), ...each, why: check.why }));
  } catch (cause) {
    const said = signal.aborted ? lateVerdict(late.aborted, timeoutMs) : brokenVerdict(cause);
    return [{ name: check.name, state: 'failed', ...said, why: check.why, tookMs: took() }];
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function lateVerdict(isLate: boolean, timeoutMs: number) {
  return isLate
    ? {
        found: `no answer within ${timeoutMs} ms`,
        fix: 'look at the network between, or give it more time: --timeout 30',
      }
    : { found: 'interrupted', fix: 'run it again' };
}

/** Errors that were written for people are shown, those of the store among them; of others only their name and code. */
function brokenVerdict(cause: unknown) {
  const error = explained(cause);
  if (error instanceof CliError) return { found: error.message, fix: error.fix ?? 'mend it and run it again' };
  const code = cause instanceof Error && 'code' in cause ? ` ${String(cause.code)}` : '';
  return {
    found: `could not be looked at: ${cause instanceof Error ? cause.name : typeof cause}${code}`,
    fix: 'run it again with --debug to see where',
  };
}
