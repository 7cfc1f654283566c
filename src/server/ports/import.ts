// Station: ports. Bringing the reference's sessions into a store, as the import command sees it. Made by adapters.

/** What became of one session of the reference. */
export type Imported =
  | { readonly kind: 'imported'; readonly sessionId: string; readonly messages: number; readonly skipped: number }
  | { readonly kind: 'unread'; readonly sessionId: string; readonly why: string };

/** An import that goes on from wherever the last one ended. */
export interface Importer {
  /** How many sessions are left. */
  remaining(): Promise<number>;
  /** Brings in one session after another; what can't be read is told and left as it is. Rejects with StoreError. */
  run(onSession: (result: Imported) => void, isStopped: () => boolean): Promise<void>;
  close(): Promise<void>;
}
