// Station: cli/token. The key that tokens are signed with: JWT_SECRET from wherever the configuration is, else the generated one. Called by create and inspect.
import type { Invocation } from '../command.js';
import { loadOrFail } from '../config-options.js';
import { inDataDir, readLine } from '../data-dir.js';

/** A key, and where it was found. */
export interface SigningKey {
  readonly secret: string;
  readonly source: string;
}

/** Finds the key; null with the places that were looked at. Throws CliError where the configuration is wrong. */
export async function findSigningKey(
  invocation: Invocation,
): Promise<{ readonly key: SigningKey | null; readonly lookedAt: string }> {
  // As --dev sees it: a token needs a key, not a store or a model.
  const { config, settings } = await loadOrFail(invocation, 'dev');
  const { jwtSecret } = config.auth;
  if (jwtSecret !== null) {
    const source = settings.get('auth.jwtSecret')?.origin ?? 'JWT_SECRET';
    return { key: { secret: jwtSecret.reveal(), source }, lookedAt: source };
  }
  const file = config.store.dataDir === null ? null : inDataDir(config.store.dataDir, 'jwtSecret');
  const secret = file === null || config.auth.jwksUrl !== null ? null : await readLine(file);
  return {
    key: secret === null || file === null ? null : { secret, source: file },
    lookedAt: file === null ? 'JWT_SECRET' : `JWT_SECRET and ${file}`,
  };
}
