// Station: llm. What the last calls tell of a provider's health. Called by the OpenAI provider and by the watchdogs.
import type { Clock } from '../../common/clock.js';
import type { LlmErrorKind, LlmProvider } from '../ports/llm.js';

/** Calls in a row that must fail before a provider counts as unwell. */
const failuresInARow = 3;
/** How long they count, in milliseconds: after it the provider gets the benefit of the doubt, since nobody asked it meanwhile. */
const memoryMs = 60_000;

/** The outcomes of the last calls. */
export interface RecentCalls {
  succeeded(): void;
  failed(kind: LlmErrorKind): void;
  health(): ReturnType<LlmProvider['health']>;
}

/** Remembers the last calls. Unwell means: the last three failed, all within the last 60 s, in a way that says that nobody would be answered. */
export function createRecentCalls(clock: Clock): RecentCalls {
  let failures: { readonly kind: LlmErrorKind; readonly at: number }[] = [];
  return {
    succeeded() {
      failures = [];
    },
    failed(kind) {
      switch (verdictOf(kind)) {
        case 'away':
          failures = [...failures, { kind, at: clock.monotonic() }].slice(-failuresInARow);
          return;
        case 'reached':
          failures = [];
          return;
        case 'neither':
          return;
      }
    },
    health() {
      const oldest = failures[0];
      const newest = failures.at(-1);
      if (oldest === undefined || newest === undefined || failures.length < failuresInARow) return { ok: true };
      if (clock.monotonic() - oldest.at > memoryMs) return { ok: true };
      return { ok: false, reason: `the last ${failuresInARow} calls failed (${newest.kind})` };
    },
  };
}

function verdictOf(kind: LlmErrorKind): 'away' | 'reached' | 'neither' {
  switch (kind) {
    case 'connect':
    case 'auth':
    case 'unavailable':
    case 'first_token':
    case 'idle':
    case 'total':
      return 'away';
    case 'cut':
    case 'rate_limited':
    case 'rejected':
    case 'too_long':
    case 'empty':
      return 'reached';
    case 'aborted':
      return 'neither';
  }
}
