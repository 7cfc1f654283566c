// Station: config/fields. Whether and with which keys what people say is sealed before it is stored. Read by schema.
import { encryptionKeys, generateEncryptionKeys, legacyKey } from '../encryption-keys.js';
import { optional } from '../field.js';
import { oneOf } from '../parsers.js';

/** Settings of encryption. */
export const encryptionFields = {
  mode: optional(oneOf(['on', 'off']), {
    env: ['ENCRYPTION'],
    doc: 'off stores in the clear; on demands a key. Where it is not set, what is stored is sealed if there is a key.',
  }),
  keys: optional(encryptionKeys, {
    env: ['ENCRYPTION_KEYS'],
    secret: true,
    needed: 'unless ENCRYPTION=off',
    generate: generateEncryptionKeys,
    doc: 'Keys for what is stored, as id:base64 of 32 bytes, with commas between. The first seals; all of them open.',
  }),
  legacyKey: optional(legacyKey, {
    env: ['ENCRYPTION_KEY'],
    secret: true,
    doc: "The reference's one key of 32 bytes, known as `legacy`: behind those of ENCRYPTION_KEYS, else the one that seals.",
  }),
} as const;
