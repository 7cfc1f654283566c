// A store that fails on command, at the step that a test names: before the write (nothing is stored) or after it (the outcome is unknown).
import { type Store, StoreError, type StoreErrorKind } from '../../src/server/ports/store.js';

/** Which calls fail, and how. */
export interface Faults {
  /** Operations that fail before anything is done. */
  readonly before: Set<keyof Store>;
  /** Operations that are done, and then fail as if nobody knew. */
  readonly after: Set<keyof Store>;
  /** How `before` fails. */
  kind: StoreErrorKind;
  /** How often something failed, by operation. */
  readonly counts: Map<string, number>;
}

/** Faults of which none is on. */
export function noFaults(): Faults {
  return { before: new Set(), after: new Set(), kind: 'unavailable', counts: new Map() };
}

/** The same store, with those faults. */
export function failingStore(store: Store, faults: Faults): Store {
  return new Proxy(store, {
    get(target, key: keyof Store) {
      const value = target[key];
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        const call = value as (...given: unknown[]) => Promise<unknown>;
        const count = () => faults.counts.set(key, (faults.counts.get(key) ?? 0) + 1);
        if (faults.before.has(key)) {
          count();
          throw new StoreError(faults.kind, `${key} was made to fail`);
        }
        const result = await call.apply(target, args);
        if (!faults.after.has(key)) return result;
        count();
        throw new StoreError('unknown_outcome', `${key} was made to fail after the write`);
      };
    },
  });
}
