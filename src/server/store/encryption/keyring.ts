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
  /** A text in its envelope, bound to `place`: moved anywhere else it does not open. */
  seal(text: string, place: string): Sealed;
  open(sealed: Sealed, place: string): { readonly text: string } | { readonly unopened: Unopened };
  /** What an envelope holds in a new one of the active key, at the same place; its bytes are not read as text on the way. */
  reseal(sealed: Sealed, place: string): Sealed | { readonly unopened: Unopened };
}

const algorithm = 'aes-256-gcm';
/** The version of the form; behind it come the id of the key, a colon, and nonce, ciphertext and tag as one base64url text. */
const prefix = 'cbx1:';
const nonceBytes = 12;
const tagBytes = 16;
const tagged = { authTagLength: tagBytes } as const;
/** Randomness for so many nonces is drawn at once: drawing it for each would cost half of the sealing. */
const pooledNonces = 256;

/** Id of the key that an envelope says it was sealed with; empty where it is none. */
export function keyIdOf({ sealed }: Sealed): string {
  return idIn(sealed) ?? '';
}

/** What stands between the version and the last part, which has no colon; null where that is not the form. */
function idIn(envelope: string): string | null {
  const end = envelope.lastIndexOf(':');
  return envelope.startsWith(prefix) && end >= prefix.length ? envelope.slice(prefix.length, end) : null;
}

/** Makes the ring; the first key is the active one, unless sealing is off. Keys are made once. */
export function createKeyring(keys: readonly KeyMaterial[], random: Random, isSealing: boolean): Keyring {
  const ring = new Map<string, KeyObject>(keys.map(({ id, bytes }) => [id, createSecretKey(bytes)]));
  const [active] = keys;
  const activeId = isSealing ? (active?.id ?? null) : null;
  let pool = new Uint8Array(0);
  let used = 0;

  const nonce = (): Uint8Array => {
    if (used >= pool.length) {
      pool = new Uint8Array(random.bytes(nonceBytes * pooledNonces));
      used = 0;
    }
    used += nonceBytes;
    return pool.subarray(used - nonceBytes, used);
  };

  function sealed(content: string | Uint8Array, place: Uint8Array): Sealed {
    const key = activeId === null ? undefined : ring.get(activeId);
    if (key === undefined) throw new Error('nothing is sealed without an active key');
    const iv = nonce();
    const cipher = createCipheriv(algorithm, key, iv, tagged);
    cipher.setAAD(place);
    const text = typeof content === 'string' ? cipher.update(content, 'utf8') : cipher.update(content);
    // GCM has nothing left to give at the end; it has to be told of it all the same.
    cipher.final();
    const bytes = Buffer.allocUnsafe(nonceBytes + text.length + tagBytes);
    bytes.set(iv, 0);
    bytes.set(text, nonceBytes);
    bytes.set(cipher.getAuthTag(), nonceBytes + text.length);
    return { sealed: `${prefix}${activeId}:${bytes.toString('base64url')}` };
  }

  function opened(envelope: string, place: Uint8Array): Buffer | Unopened {
    const id = idIn(envelope);
    if (id === null) return 'damaged';
    const bytes = Buffer.from(envelope.slice(prefix.length + id.length + 1), 'base64url');
    if (bytes.length < nonceBytes + tagBytes) return 'damaged';
    const key = ring.get(id);
    if (key === undefined) return 'unknown_key';
    try {
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), tagged);
      decipher.setAAD(place);
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      const text = decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes));
      decipher.final();
      return text;
    } catch {
      // The tag does not fit: another place, another key under this id, or bytes that were changed.
      return 'damaged';
    }
  }

  return {
    activeId,
    ids: keys.map(({ id }) => id),
    seal: (text, place) => sealed(text, Buffer.from(place)),
    open(envelope, place) {
      const text = opened(envelope.sealed, Buffer.from(place));
      return typeof text === 'string' ? { unopened: text } : { text: text.toString('utf8') };
    },
    reseal(envelope, place) {
      const bound = Buffer.from(place);
      const text = opened(envelope.sealed, bound);
      return typeof text === 'string' ? { unopened: text } : sealed(text, bound);
    },
  };
}
