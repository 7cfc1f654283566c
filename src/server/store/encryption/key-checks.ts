// Station: store/encryption. Whether the keys of this server are those that the data was sealed with: a check value for each key id, kept in the store. Called by adapters.
import type { Random } from '../../../common/random.js';
import type { Store } from '../../ports/store.js';
import { createKeyring, type KeyMaterial } from './keyring.js';

const prefix = 'key/';
/** What a check value says; sealed, so that it tells nothing of the key. */
const known = 'chatbox key check';
const placeOf = (id: string): string => JSON.stringify(['keys', id, '', 'check']);

/** What was found about the keys. */
export interface KeyFindings {
  /** Ids whose key here is another than the one that the data was sealed with. */
  readonly wrong: readonly string[];
  /** Ids that data was sealed with and that this server has no key for. */
  readonly missing: readonly string[];
}

/** What a look at the keys found; nothing was written. */
export interface KeyLook extends KeyFindings {
  /** Ids that nothing was sealed with yet. */
  readonly unused: readonly string[];
}

/** Holds each key against its check value, for the doctor: leaves none behind. @throws StoreError */
export async function lookAtKeys(
  store: Pick<Store<never>, 'note' | 'notes'>,
  keys: readonly KeyMaterial[],
  random: Random,
): Promise<KeyLook> {
  const noted = (await store.notes(prefix)).map(({ name }) => name.slice(prefix.length));
  const wrong: string[] = [];
  for (const key of keys.filter(({ id }) => noted.includes(id))) {
    if (!(await opensCheck(store, key, random))) wrong.push(key.id);
  }
  const ids = keys.map(({ id }) => id);
  return {
    wrong,
    missing: noted.filter((id) => !ids.includes(id)),
    unused: ids.filter((id) => !noted.includes(id)),
  };
}

async function opensCheck(store: Pick<Store<never>, 'note'>, key: KeyMaterial, random: Random): Promise<boolean> {
  const sealed = await store.note(`${prefix}${key.id}`);
  const opened = sealed === null ? null : createKeyring([key], random, true).open({ sealed }, placeOf(key.id));
  return opened !== null && 'text' in opened && opened.text === known;
}

/** Holds each key against its check value, and leaves one for a key that is used here for the first time. @throws StoreError */
export async function checkKeys(
  store: Pick<Store<never>, 'note' | 'notes' | 'putNote'>,
  keys: readonly KeyMaterial[],
  random: Random,
): Promise<KeyFindings> {
  const wrong: string[] = [];
  for (const key of keys) {
    const ring = createKeyring([key], random, true);
    const name = `${prefix}${key.id}`;
    // Two servers that start at once: one leaves the value, the other is held against it.
    await store.putNote(name, null, ring.seal(known, placeOf(key.id)).sealed);
    if (!(await opensCheck(store, key, random))) wrong.push(key.id);
  }
  const ids = new Set(keys.map(({ id }) => id));
  return { wrong, missing: (await notedKeys(store)).filter((id) => !ids.has(id)) };
}

/** Ids that have a check value. */
export async function notedKeys(store: Pick<Store<never>, 'notes'>): Promise<readonly string[]> {
  return (await store.notes(prefix)).map(({ name }) => name.slice(prefix.length));
}

/** Removes the check value of a key that is used no more. */
export async function forgetKeyCheck(store: Pick<Store<never>, 'note' | 'dropNote'>, id: string): Promise<void> {
  const value = await store.note(`${prefix}${id}`);
  if (value !== null) await store.dropNote(`${prefix}${id}`, value);
}
