// Station: auth. Public keys from a JWKS URL, fetched with a deadline, a bound and a pause after failures. Called by auth/verify.
import * as errors from 'jose/errors';
import { createRemoteJWKSet, customFetch } from 'jose/jwks/remote';
import type { JWTVerifyGetKey } from 'jose/jwt/verify';
import type { Clock } from '../../common/clock.js';

/** Where public keys come from. Everything but `algorithms` in a token's header is the token's own word, and is not believed. */
export interface JwksSettings {
  readonly kind: 'jwks';
  readonly url: URL;
  readonly algorithms: readonly ('RS256' | 'ES256')[];
  /** Deadline of one fetch. */
  readonly timeoutMs: number;
  /** No second fetch for an unknown key, and none after a failed one, before this is over. */
  readonly cooldownMs: number;
  /** Keys are fetched anew when they are older. */
  readonly maxAgeMs: number;
}

/** Fetches the key set; the platform's `fetch` fits. */
export type FetchJwks = (
  url: string,
  options: {
    readonly headers: Headers;
    readonly method: 'GET';
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** The key set as the verifier uses it. */
export interface JwksKeys {
  readonly keyOf: JWTVerifyGetKey;
  readonly retryAfterMs: number;
  /** Whether a failed check says that the keys could not be had, which is no fault of the token. */
  isUnavailable(cause: unknown): boolean;
}

const maxKeySetBytes = 262_144;

class KeySetUnavailable extends Error {
  override readonly name = 'KeySetUnavailable';
}

/** Makes the key set; nothing is fetched before the first token. */
export function createJwksKeys(
  settings: JwksSettings,
  deps: { readonly clock: Clock; readonly fetchJwks?: FetchJwks },
): JwksKeys {
  const fetchJwks: FetchJwks = deps.fetchJwks ?? globalThis.fetch;
  let quietUntil = Number.NEGATIVE_INFINITY;
  // jose pauses only after a good fetch. Without this pause, bad tokens would make us hammer a key server that is already down.
  const guarded: FetchJwks = async (url, options) => {
    if (deps.clock.monotonic() < quietUntil) throw new KeySetUnavailable('the last fetch failed a moment ago');
    try {
      const response = await fetchJwks(url, options);
      if (response.status !== 200) throw new KeySetUnavailable(`the key server answered ${response.status}`);
      const text = await boundedBody(response);
      if (!isKeySet(JSON.parse(text))) throw new KeySetUnavailable('the answer is no key set');
      return new Response(text, { status: 200 });
    } catch (cause) {
      quietUntil = deps.clock.monotonic() + settings.cooldownMs;
      throw cause instanceof KeySetUnavailable ? cause : new KeySetUnavailable('the fetch failed', { cause });
    }
  };
  const keySet = createRemoteJWKSet(settings.url, {
    timeoutDuration: settings.timeoutMs,
    cooldownDuration: settings.cooldownMs,
    cacheMaxAge: settings.maxAgeMs,
    [customFetch]: guarded,
  });
  return {
    keyOf: keySet,
    retryAfterMs: settings.cooldownMs,
    isUnavailable: (cause) =>
      cause instanceof KeySetUnavailable || cause instanceof errors.JWKSTimeout || cause instanceof errors.JWKSInvalid,
  };
}

function isKeySet(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}

async function boundedBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return '';
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > maxKeySetBytes) {
      await reader.cancel();
      throw new KeySetUnavailable(`the key set is larger than ${maxKeySetBytes} bytes`);
    }
    chunks.push(part.value);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}
