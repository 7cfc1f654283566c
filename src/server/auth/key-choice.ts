// Station: auth. Which of several shared secrets may have signed a token. Called by signature and `chatbox token inspect`.

/**
 * The keys to try, in order. Where some have ids, the id in a token's header is binding: it picks that key alone, and an unknown one picks none. A token
 * without an id is tried against the keys without one, then against the others. Where no key has an id, that of a token says nothing.
 *
 * Each try costs the same whatever the token holds, and compares in constant time. How many there were tells at most which key signed a good token,
 * and that the one who holds it knows.
 * @param kid as it stands in the header, unchecked
 */
export function keysToTry<K extends { readonly kid?: string | undefined }>(
  keys: readonly K[],
  kid: unknown,
): readonly K[] {
  const named = keys.filter((key) => key.kid !== undefined);
  if (named.length === 0) return keys;
  if (kid !== undefined) return named.filter((key) => key.kid === kid);
  return [...keys.filter((key) => key.kid === undefined), ...named];
}
