// Station: store/encryption. A page of records sealed anew, the cipher on another thread where there is one. Called by key-work.
import type { Sealed, StoredRecord } from '../../ports/store.js';
import { newEnvelopes } from './envelopes.js';
import type { Keyring } from './keyring.js';
import { createResealing, envelopesIn } from './reseal.js';
import type { ResealThread } from './reseal-thread.js';

/** A page sealed anew, not written yet. */
interface Resealed {
  readonly changes: readonly { readonly from: StoredRecord<Sealed>; readonly to: StoredRecord<Sealed> }[];
  readonly unreadable: number;
}

/** Seals a page anew: what is to be changed of it, and how many records do not open. */
export type PageResealing = (records: readonly StoredRecord<Sealed>[]) => Promise<Resealed>;

/** Without a thread all of it is done here and at once. */
export function createPageResealing(keyring: Keyring, thread: ResealThread | null): PageResealing {
  const { activeId } = keyring;
  if (activeId === null) throw new Error('nothing is sealed anew without an active key');
  const put = createResealing(keyring);
  return async (records) => {
    const found = envelopesIn(records, activeId);
    const anew = thread === null ? newEnvelopes(keyring, found) : await thread.reseal(found);
    const changes: { from: StoredRecord<Sealed>; to: StoredRecord<Sealed> }[] = [];
    let unreadable = 0;
    put(records, anew).forEach((to, at) => {
      const from = records[at];
      if (to === null) unreadable += 1;
      else if (from !== undefined && to !== from) changes.push({ from, to });
    });
    return { changes, unreadable };
  };
}
