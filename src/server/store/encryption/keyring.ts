// Station: store/encryption. The keys, and what is sealed with them: AES-256-GCM in an envelope that names its key. Called by the layer and the key checks.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { Random } from '../../../common/random.js';
import type { Sealed } from '../../ports/store.js';

/** A key as it was configured: 32 bytes. */
export interface KeyMaterial {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Why an envelope does not open: nobody here has its key, or it is not what was sealed. */
export type Unopened = 'unknown_key' | 'damaged';

/** Seals and opens. */
export interface Keyring {
  /** The key that new values are sealed with; null where nothing is sealed. */
  readonly activeId: string | null;
  readonly ids: readonly string[];
  /** What `keyringOf` makes the same ring of, on another thread. */
  readonly shared: SharedKeys;
  /** A text in its envelope, bound to `place`: moved anywhere else it does not open. */
  seal(text: string, place: string): Sealed;
  open(sealed: Sealed, place: string): { readonly text: string } | { readonly unopened: Unopened };
  /** A new envelope of the active key for what another one holds, at the same place; null where that does not open. Its bytes are not read as text on the way. */
  reseal(envelope: string, place: string): string | null;
}

const algorithm = 'aes-256-gcm';
/** The version of the form; behind it come the id of the key, a colon, and nonce, ciphertext and tag as one base64url text. */
const prefix = 'cbx1:';
const nonceBytes = 12;
const tagBytes = 16;
const tagged = { authTagLength: tagBytes } as const;
/** Randomness for so many nonces is drawn at once: drawing it for each would cost half of the sealing. */
const pooledNonces = 256;
const mostScratch = 16_384;

/** Id of the key that an envelope says it was sealed with; empty where it is none. */
export function keyIdOf({ sealed }: Sealed): string {
  return idIn(sealed) ?? '';
}

/** What stands between the version and the next colon; null where that is not the form. Neither an id nor base64url has a colon, and an id is found at the begin. */
function idIn(envelope: string): string | null {
  const end = envelope.indexOf(':', prefix.length);
  return envelope.startsWith(prefix) && end >= prefix.length ? envelope.slice(prefix.length, end) : null;
}

/** Keys as they cross to another thread: it gets the same key objects, and no bytes of them are copied into JavaScript. */
export interface SharedKeys {
  readonly activeId: string | null;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

/** Makes the ring; the first key is the active one, unless sealing is off. Keys are made once. */
export function createKeyring(keys: readonly KeyMaterial[], random: Random, isSealing: boolean): Keyring {
  const ring = new Map(keys.map(({ id, bytes }) => [id, createSecretKey(bytes)]));
  return keyringOf({ activeId: isSealing ? (keys[0]?.id ?? null) : null, keys: ring }, random);
}

/** The ring of keys that another one shared. */
export function keyringOf(shared: SharedKeys, random: Random): Keyring {
  const { activeId, keys } = shared;
  const activeKey = activeId === null ? undefined : keys.get(activeId);
  const nonce = createNonces(random);
  const bytesOf = createScratch();

  function sealed(content: string | Uint8Array, place: Uint8Array): string {
    if (activeKey === undefined) throw new Error('nothing is sealed without an active key');
    const iv = nonce();
    const cipher = createCipheriv(algorithm, activeKey, iv, tagged);
    cipher.setAAD(place);
    const text = typeof content === 'string' ? cipher.update(content, 'utf8') : cipher.update(content);
    // GCM has nothing left to give at the end; it has to be told of it all the same.
    cipher.final();
    const length = nonceBytes + text.length + tagBytes;
    const bytes = bytesOf(length);
    bytes.set(iv, 0);
    bytes.set(text, nonceBytes);
    bytes.set(cipher.getAuthTag(), nonceBytes + text.length);
    return `${prefix}${activeId}:${bytes.toString('base64url', 0, length)}`;
  }

  function opened(envelope: string, place: Uint8Array): Buffer | Unopened {
    const id = idIn(envelope);
    if (id === null) return 'damaged';
    const encoded = envelope.slice(prefix.length + id.length + 1);
    const bytes = bytesOf(encoded.length);
    const length = bytes.write(encoded, 'base64url');
    if (length < nonceBytes + tagBytes) return 'damaged';
    const key = keys.get(id);
    if (key === undefined) return 'unknown_key';
    try {
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), tagged);
      decipher.setAAD(place);
      decipher.setAuthTag(bytes.subarray(length - tagBytes, length));
      const text = decipher.update(bytes.subarray(nonceBytes, length - tagBytes));
      decipher.final();
      return text;
    } catch {
      // The tag does not fit: another place, another key under this id, or bytes that were changed.
      return 'damaged';
    }
  }

  return {
    activeId,
    ids: [...keys.keys()],
    shared,
    seal: (text, place) => ({ sealed: sealed(text, Buffer.from(place)) }),
    open(envelope, place) {
      const text = opened(envelope.sealed, Buffer.from(place));
      return typeof text === 'string' ? { unopened: text } : { text: text.toString('utf8') };
    },
    reseal(envelope, place) {
      const bound = Buffer.from(place);
      const text = opened(envelope, bound);
      return typeof text === 'string' ? null : sealed(text, bound);
    },
  };
}

/** Each call fills the same bytes anew: they are used up before the next. */
function createNonces(random: Random): () => Uint8Array {
  const nonce = new Uint8Array(nonceBytes);
  let pool = new Uint8Array(0);
  let used = 0;
  return () => {
    if (used >= pool.length) {
      pool = new Uint8Array(random.bytes(nonceBytes * pooledNonces));
      used = 0;
    }
    for (let at = 0; at < nonceBytes; at += 1) nonce[at] = pool[used + at] ?? 0;
    used += nonceBytes;
    return nonce;
  };
}

/** Room that each envelope is read into and put together in, one after another: most are short, and memory of their own would cost more than their text. */
function createScratch(): (length: number) => Buffer {
  let scratch = Buffer.alloc(0);
  return (length) => {
    if (length > mostScratch) return Buffer.allocUnsafe(length);
    if (scratch.length === 0) scratch = Buffer.allocUnsafeSlow(mostScratch);
    return scratch;
  };
}
