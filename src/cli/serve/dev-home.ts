// Station: cli/serve. What `serve --dev` keeps in the data folder: its secret, its tokens, its address. Called by run-serve.
import { rm } from 'node:fs/promises';
import { systemRandom } from '../../common/random.js';
import type { JwtKey } from '../../server/config/jwt-keys.js';
import { createPrivate, inDataDir, readLine, writeLine } from '../data-dir.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** How long the tokens of `serve --dev` are good; each start renews them. */
const tokenLifetimeMs = 30 * 86_400_000;

/** The tokens that a start leaves in the data folder. */
export interface DevTokens {
  readonly user: string;
  readonly admin: string;
}

/** The signing key in the data folder, which is there; made if there is none, so that tokens outlive a restart. Throws CliError. */
export async function devSecret(dataDir: string): Promise<string> {
  const { generateJwtSecret, jwtSecret } = await import('../../server/config/jwt-secret.js');
  const path = inDataDir(dataDir, 'jwtSecret');
  const known = await readLine(path);
  // Two first starts at once: one creates the file, the other reads what that one wrote.
  if (known === null) await createPrivate(path, `${generateJwtSecret(systemRandom)}\n`);
  const secret = known ?? (await readLine(path)) ?? '';
  const checked = jwtSecret.parse(secret);
  if (checked.ok) return secret;
  throw new CliError(exitCodes.config, `${path}: ${checked.reason}`, 'remove the file: the next start makes a new one');
}

/** Signs a user's and an admin's token and writes them beside the store, for their owner alone. */
export async function renewDevTokens(dataDir: string, { secret, kid }: JwtKey): Promise<DevTokens> {
  const { issueToken } = await import('../../server/auth/issue.js');
  const issuedAtMs = Date.now();
  const times = { issuedAtMs, expiresAtMs: issuedAtMs + tokenLifetimeMs };
  const user = await issueToken({ userId: 'user', name: 'User', roles: ['user'], ...times }, secret, kid);
  const admin = await issueToken({ userId: 'admin', name: 'Admin', roles: ['admin'], ...times }, secret, kid);
  await Promise.all([
    writeLine(inDataDir(dataDir, 'userToken'), user),
    writeLine(inDataDir(dataDir, 'adminToken'), admin),
  ]);
  return { user, admin };
}

/** Lets client commands find this server. */
export async function recordServer(dataDir: string, httpUrl: string): Promise<void> {
  await writeLine(inDataDir(dataDir, 'serverUrl'), httpUrl);
}

/** The server is gone; a client that looks for it is told so, and not sent to a dead address. */
export async function forgetServer(dataDir: string): Promise<void> {
  await rm(inDataDir(dataDir, 'serverUrl'), { force: true });
}
