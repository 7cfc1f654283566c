// Station: config. The keys that messages are sealed with: what makes them good enough, and a generator whose keys always are. Called by encryption-fields and adapters.
import type { Random } from '../../common/random.js';
import { type Parser, secretText } from './parsers.js';
import type { Secret } from './secret.js';

const keyBytes = 32;
const minDistinct = 8;
const maxKeys = 20;
const keyId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
/** 32 bytes in base64 or base64url, padded or not. */
const base64Key = /^[A-Za-z0-9+/_-]{43}=?$/;

/** The id under which the reference's one key is known. */
const legacyKeyId = 'legacy';

/** A key by its id. */
export interface EncryptionKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Why a list of keys can't be used, or null. Never quotes a key. */
function weakness(raw: string): string | null {
  const parts = raw.split(',');
  if (parts.length > maxKeys) return `must have at most ${maxKeys} keys, has ${parts.length}`;
  const ids = new Set<string>();
  for (const [at, part] of parts.entries()) {
    const nth = `key ${at + 1}`;
    const colon = part.indexOf(':');
    const id = part.slice(0, Math.max(0, colon));
    if (!keyId.test(id)) return `${nth} must be id:base64, its id 1 to 32 letters, digits, dots, dashes or underscores`;
    if (id === legacyKeyId) return `${nth} is named ${legacyKeyId}: that is the key of ENCRYPTION_KEY`;
    if (ids.has(id)) return `has the id ${id} twice`;
    ids.add(id);
    const text = part.slice(colon + 1);
    if (!base64Key.test(text))
      return `${nth} (${id}) must be 32 bytes in base64: 43 characters, and = where it is padded`;
    if (new Set(Buffer.from(text, 'base64')).size < minDistinct)
      return `${nth} (${id}) is weak: it has few different bytes`;
  }
  return null;
}

/** Keys as `id:base64,id:base64`; new values are sealed with the first. */
export const encryptionKeys: Parser<Secret> = secretText(4_096, weakness);

/** The reference's key: 32 bytes as they stand. */
export const legacyKey: Parser<Secret> = secretText(64, (raw) => {
  const bytes = Buffer.byteLength(raw);
  if (bytes !== keyBytes) return `must have exactly ${keyBytes} bytes, has ${bytes}; new keys go into ENCRYPTION_KEYS`;
  return new Set(raw).size < minDistinct ? 'is weak: it has few different characters' : null;
});

/** The keys of a configuration, the active one first. What the parsers took is taken here. */
export function readEncryptionKeys(keys: Secret | null, legacy: Secret | null): readonly EncryptionKey[] {
  const named = (keys?.reveal().split(',') ?? []).map((part): EncryptionKey => {
    const colon = part.indexOf(':');
    return { id: part.slice(0, colon), bytes: Buffer.from(part.slice(colon + 1), 'base64') };
  });
  return legacy === null ? named : [...named, { id: legacyKeyId, bytes: Buffer.from(legacy.reveal()) }];
}

/** One new key of 256 random bits as a value that `encryptionKeys` takes. */
export function generateEncryptionKeys(random: Random): string {
  for (;;) {
    const candidate = `k1:${Buffer.from(random.bytes(keyBytes)).toString('base64')}`;
    if (encryptionKeys.parse(candidate).ok) return candidate;
  }
}
