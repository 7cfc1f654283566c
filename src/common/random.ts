// Station: common. Randomness as an argument, so that tests repeat. Called by whoever makes ids, tokens or jitter.

/** Source of random bytes and fractions. */
export interface Random {
  /** Cryptographically strong bytes in production. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1), for jitter; not for secrets. */
  fraction(): number;
}

/** The platform's own randomness (Web Crypto: Node and browsers). */
export const systemRandom: Random = {
  bytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => Math.random(),
};

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hex[byte];
  return text;
}

/**
 * A version 7 UUID (RFC 9562, section 5.7): 48 bits of time first, so that keys of one time lie together in an index, then 74 random bits.
 * @param nowMs milliseconds since the Unix epoch
 */
export function uuidv7(nowMs: number, random: Random): string {
  const bytes = random.bytes(16);
  let time = nowMs;
  for (let at = 5; at >= 0; at -= 1) {
    bytes[at] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const text = toHex(bytes);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}
