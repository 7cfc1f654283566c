// Station: test/contract/store. Every promise of the store port as cases that run on any adapter. Called by each adapter's test file.
import { describe } from 'vitest';
import { boundsContract } from './bounds-contract.js';
import { listContract } from './list-contract.js';
import { logContract } from './log-contract.js';
import { processContract } from './process-contract.js';
import { sessionContract } from './session-contract.js';
import type { StoreTarget } from './store-target.js';
import { turnContract } from './turn-contract.js';

/** Declares every promise that one process can check. */
export function storeCallsContract(name: string, target: StoreTarget): void {
  describe(name, () => {
    sessionContract(target);
    logContract(target);
    turnContract(target);
    listContract(target);
    boundsContract(target);
  });
}

/** Declares the whole suite for one adapter. */
export function storeContract(name: string, target: StoreTarget): void {
  storeCallsContract(name, target);
  describe(name, () => processContract(target));
}
