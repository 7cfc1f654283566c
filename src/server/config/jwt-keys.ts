// Station: config. The keys of tokens while one replaces another: what makes a list good enough, what it says, and a generator. Called by auth-fields, app-settings and cli.
import type { Random } from '../../common/random.js';
import { weakSecret } from './jwt-secret.js';
import { instant, type Parser, secretText } from './parsers.js';
import { isPlaceholder } from './placeholder.js';
import type { Secret } from './secret.js';

const minBytes = 32;
const minDistinct = 8;
/** A token without an id is tried against each key, so that there are few. */
const maxKeys = 8;
const maxLength = 32_768;
const keyId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
/** base64 or base64url, padded or not. */
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** What would decode too, and to other bytes than were meant. */
const hexadecimal = /^(?:[0-9a-f]+|[0-9A-F]+)$/;

/** A key as it stands in the list. */
export interface ListedJwtKey {
  readonly id: string;
  /** Its bytes in base64, as they were written. */
  readonly text: string;
  /** Since when it signs no more, in milliseconds since 1970: a note of `secrets rotate jwt`. null without one. */
  readonly signedUntilMs: number | null;
}

/** A key that tokens are checked with; `kid` is its id in a token's header. JWT_SECRET has none. */
export interface JwtKey {
  readonly kid?: string;
  readonly secret: Uint8Array;
}

function split(part: string): { readonly id: string; readonly text: string; readonly note: string | null } {
  const colon = Math.max(0, part.indexOf(':'));
  const at = part.indexOf('@', colon);
  return {
    id: part.slice(0, colon),
    text: part.slice(colon + 1, at === -1 ? undefined : at),
    note: at === -1 ? null : part.slice(at + 1),
  };
}

/** Why a list of keys can't be used, or null. Never quotes a key. */
function weakness(raw: string): string | null {
  const parts = raw.split(',').map(split);
  if (parts.length > maxKeys) return `must have at most ${maxKeys} keys, has ${parts.length}`;
  const known = new Map<string, string>();
  for (const [at, { id, text, note }] of parts.entries()) {
    const nth = `key ${at + 1}`;
    if (!keyId.test(id)) return `${nth} must be id:base64, its id 1 to 32 letters, digits, dots, dashes or underscores`;
    if ([...known.values()].includes(id)) return `has the id ${id} twice`;
    const why = weakKey(text) ?? (note === null || instant.parse(note).ok ? null : 'has no time behind the @');
    if (why !== null) return `${nth} (${id}) ${why}`;
    const bytes = Buffer.from(text, 'base64').toString('hex');
    const other = known.get(bytes);
    if (other !== undefined) return `${nth} (${id}) is the key ${other} once more`;
    known.set(bytes, id);
  }
  return null;
}

function weakKey(text: string): string | null {
  if (!base64.test(text)) return `must be at least ${minBytes} bytes in base64`;
  if (hexadecimal.test(text)) return `must be at least ${minBytes} bytes in base64, and is hexadecimal`;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < minBytes) return `must be at least ${minBytes} bytes in base64, has ${bytes.length}`;
  const words = wordsOf(bytes);
  if (words !== null) return isPlaceholder(words, false) ? 'holds a placeholder' : weakSecret(words);
  return new Set(bytes).size < minDistinct ? 'is weak: it has few different bytes' : null;
}

/** The text that the bytes are, as a JWT_SECRET is text; null for random bytes, of which 32 are never all readable. */
function wordsOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /\p{Cc}/u.test(text) ? null : text;
  } catch {
    // No text at all: that is the usual case.
    return null;
  }
}

/** Keys as `id:base64,id:base64`; the first signs. A key that signed before may say until when: `id:base64@2026-01-31T00:00:00Z`. */
export const jwtKeys: Parser<Secret> = secretText(maxLength, weakness);

/** The keys of a list that `jwtKeys` took, the one that signs first. */
export function listJwtKeys(raw: string): readonly ListedJwtKey[] {
  return raw.split(',').map((part) => {
    const { id, text, note } = split(part);
    const until = note === null ? null : instant.parse(note);
    return { id, text, signedUntilMs: until?.ok === true ? until.value : null };
  });
}

/** The list as `jwtKeys` takes it; a note has whole seconds, and never an earlier time. */
export function writeJwtKeys(keys: readonly ListedJwtKey[]): string {
  const wholeSecond = (ms: number) => new Date(Math.ceil(ms / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
  const note = (ms: number | null) => (ms === null ? '' : `@${wholeSecond(ms)}`);
  return keys.map(({ id, text, signedUntilMs }) => `${id}:${text}${note(signedUntilMs)}`).join(',');
}

/** The keys that a configuration checks tokens with, the one that signs first. What the parsers took is taken here. */
export function readJwtKeys(keys: Secret | null, secret: Secret | null): readonly JwtKey[] {
  const listed = keys === null ? [] : listJwtKeys(keys.reveal());
  const named = listed.map(({ id, text }): JwtKey => ({ kid: id, secret: Buffer.from(text, 'base64') }));
  return secret === null ? named : [...named, { secret: Buffer.from(secret.reveal()) }];
}

/** A list of one new key of 256 random bits that `jwtKeys` takes. */
export function generateJwtKeys(random: Random): string {
  for (;;) {
    const candidate = `k1:${Buffer.from(random.bytes(minBytes)).toString('base64')}`;
    if (jwtKeys.parse(candidate).ok) return candidate;
  }
}
