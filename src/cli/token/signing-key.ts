// Station: cli/token. The keys that tokens are signed and checked with: those of the configuration, else the generated one. Called by create and inspect.
import { type JwtKey, readJwtKeys } from '../../server/config/jwt-keys.js';
import type { Invocation } from '../command.js';
import { loadOrFail } from '../config-options.js';
import { inDataDir, readLine } from '../data-dir.js';

/** Keys, the one that signs first, and where that was found. */
export interface SigningKeys {
  readonly keys: readonly [JwtKey, ...JwtKey[]];
  readonly source: string;
}

/** Finds the keys; null with the places that were looked at. Throws CliError where the configuration is wrong. */
export async function findSigningKeys(
  invocation: Invocation,
): Promise<{ readonly found: SigningKeys | null; readonly lookedAt: string }> {
  // As --dev sees it: a token needs a key, not a store or a model.
  const { config, settings } = await loadOrFail(invocation, 'dev');
  const { jwtSecret, jwtKeys, jwksUrl } = config.auth;
  const [first, ...others] = readJwtKeys(jwtKeys, jwtSecret);
  if (first !== undefined) {
    const name = first.kid === undefined ? 'jwtSecret' : 'jwtKeys';
    const source = settings.get(`auth.${name}`)?.origin ?? name;
    return { found: { keys: [first, ...others], source }, lookedAt: source };
  }
  const file = config.store.dataDir === null ? null : inDataDir(config.store.dataDir, 'jwtSecret');
  const line = file === null || jwksUrl !== null ? null : await readLine(file);
  return {
    found: line === null || file === null ? null : { keys: [{ secret: Buffer.from(line) }], source: file },
    lookedAt: ['JWT_KEYS', 'JWT_SECRET', ...(file === null ? [] : [file])].join(', '),
  };
}
