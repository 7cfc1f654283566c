// Station: store/encryption. Content that the reference sealed: base64 of nonce, ciphertext and tag, with no name of a key and no sign that it is sealed. Called by import.
import { createDecipheriv, createSecretKey } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** What a content of the reference turned out to be. `doubtful`: it has the form of a sealed one and does not open. */
export type LegacyContent = { readonly text: string } | { readonly doubtful: true };

/** Reads contents as the reference wrote them. Without its key everything is taken as it stands. @param key the 32 bytes of its ENCRYPTION_KEY */
export function legacyReader(key: Uint8Array | null): (content: string) => LegacyContent {
  if (key === null) return (content) => ({ text: content });
  const secret = createSecretKey(key);
  return (content) => {
    const bytes = sealedBytes(content);
    if (bytes === null) return { text: content };
    try {
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      const opened = decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes));
      return { text: Buffer.concat([opened, decipher.final()]).toString('utf8') };
    } catch {
      // A word of 40 letters has this form too; who looks at the report decides.
      return { doubtful: true };
    }
  };
}

function sealedBytes(content: string): Buffer | null {
  if (content.length % 4 !== 0 || !base64.test(content)) return null;
  const bytes = Buffer.from(content, 'base64');
  return bytes.length >= nonceBytes + tagBytes ? bytes : null;
}
