// Station: test/contract/store. What an adapter gives to be held against the port's promises. Called by each contract file and each adapter's test.
import { onTestFinished } from 'vitest';
import type { Session, Store } from '../../../src/server/ports/store.js';

/** One data set, empty at first. */
export interface StoreData<T = Store> {
  /** Opens a store on it, with connections of its own, as another replica would; closed when the test ends. */
  open(): Promise<T>;
  /** How a child process opens it: a name and settings that test/helpers/store-child.mjs knows. */
  readonly child: { readonly adapter: string; readonly settings: unknown };
  /** Puts many sessions in as they are, where the port's own way would take minutes on the server of the tests. Ids and ordinals are new. */
  fill?(sessions: readonly Session[]): Promise<void>;
  /** Removes every session that was put in so. */
  empty?(): Promise<void>;
  /** Removes it. */
  remove(): Promise<void>;
}

/** An adapter under test. */
export interface StoreTarget<T = Store> {
  /** Makes a data set that no other test sees. */
  fresh(): Promise<StoreData<T>>;
}

/** A store on fresh data, both gone when the test ends. */
export async function openFresh<T extends Closable>(
  target: StoreTarget<T>,
): Promise<{ readonly store: T; readonly data: StoreData<T> }> {
  const data = await target.fresh();
  onTestFinished(() => data.remove());
  const store = await openOn(data);
  return { store, data };
}

/** Another store on the same data, closed when the test ends. */
export async function openOn<T extends Closable>(data: StoreData<T>): Promise<T> {
  const store = await data.open();
  onTestFinished(() => store.close());
  return store;
}

interface Closable {
  close(): Promise<void>;
}

/** Resolves to what `run` rejects with; fails when it resolves. */
export async function failureOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    (value) => {
      throw new Error(`resolved to ${JSON.stringify(value)}, a rejection was expected`);
    },
    (error: unknown) => error,
  );
}
