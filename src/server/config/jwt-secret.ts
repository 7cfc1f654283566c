// Station: config. What makes a signing key good enough, and a generator whose keys always are. Called by auth-fields and jwt-keys.
import type { Random } from '../../common/random.js';
import { type Parser, secretText } from './parsers.js';
import { isPlaceholder } from './placeholder.js';
import type { Secret } from './secret.js';

const minBytes = 32;
const minDistinct = 10;

// Words of which guessable keys are made. They are not forbidden: what is left without them must still be long.
const weakWords =
  /secret|password|passwd|jwt|token|chatbox|chat|key|signing|test(?:ing)?|demo|example|sample|default|develop(?:ment)?|dev|prod(?:uction)?|super|my|your|this|that|the|is|for|only|please|change|insecure|admin|user|qwerty|abc(?:d(?:ef)?)?|0?123(?:4(?:5(?:6(?:7(?:8(?:90?)?)?)?)?)?)?/gi;

/** Why a signing key that is text is too weak, or null. */
export function weakSecret(raw: string): string | null {
  const bytes = Buffer.byteLength(raw);
  if (bytes < minBytes) return `must have at least ${minBytes} bytes, has ${bytes}`;
  if (new Set(raw).size < minDistinct) return `is weak: must have at least ${minDistinct} different characters`;
  const rest = raw.replace(weakWords, '').replace(/[^A-Za-z0-9]/g, '');
  if (rest.length < minBytes / 2) return 'is weak: it is made of words that are tried first';
  const half = raw.length >> 1;
  for (let period = 1; period <= half; period += 1) {
    if (raw.slice(period) === raw.slice(0, -period)) return 'is weak: it repeats itself';
  }
  return null;
}

/** A key for HS256. */
export const jwtSecret: Parser<Secret> = secretText(4_096, weakSecret);

/** 256 random bits as text that `jwtSecret` takes. */
export function generateJwtSecret(random: Random): string {
  for (;;) {
    const candidate = Buffer.from(random.bytes(minBytes)).toString('base64url');
    // Chance alone spells a weak word, or `your-`, now and then; such a key is drawn again, so that what is generated always boots (H4).
    if (jwtSecret.parse(candidate).ok && !isPlaceholder(candidate, false)) return candidate;
  }
}
