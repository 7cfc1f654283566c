// Station: test/contract/store. Every promise of the store port as cases that run on any adapter. Called by each adapter's test file.
import { describe } from 'vitest';
import type { Sealed, StoreAdapter } from '../../../src/server/ports/store.js';
import { asideContract } from './aside-contract.js';
import { boundsContract } from './bounds-contract.js';
import { listContract } from './list-contract.js';
import { logContract } from './log-contract.js';
import { noteContract } from './note-contract.js';
import { processContract } from './process-contract.js';
import { recordContract } from './record-contract.js';
import { retentionContract } from './retention-contract.js';
import { sealedContract } from './sealed-contract.js';
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
    noteContract(target);
    asideContract(target);
    retentionContract(target);
  });
}

/** Declares what holds for an adapter and not for a layer over it: it keeps sealed values as they are, and shows and rewrites what lies in it. */
export function adapterContract(
  name: string,
  target: StoreTarget<StoreAdapter>,
  beneath: StoreTarget<StoreAdapter<Sealed>>,
): void {
  describe(name, () => {
    recordContract(target);
    sealedContract(beneath);
  });
}

/** Declares the whole suite for one adapter. */
export function storeContract(name: string, target: StoreTarget): void {
  storeCallsContract(name, target);
  describe(name, () => processContract(target));
}
