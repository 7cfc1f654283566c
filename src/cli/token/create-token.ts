// Station: cli/token. Runs `chatbox token create`.
import { resolve } from 'node:path';
import { withinCodePoints } from '../../common/code-points.js';
import { limits } from '../../protocol/limits.js';
import { type Invocation, optionList, optionText } from '../command.js';
import { createPrivate } from '../data-dir.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { findSigningKeys } from './signing-key.js';
import { describeSpan } from './time-text.js';

const longestMs = 366 * 86_400_000;

interface Asked {
  readonly userId: string;
  readonly name: string | undefined;
  readonly roles: readonly string[];
  readonly lifetimeMs: number;
}

/** Signs a token and prints it, alone, on stdout, or writes it to a new file. */
export async function createToken(invocation: Invocation): Promise<number> {
  const asked = await readAsked(invocation);
  const { found, lookedAt } = await findSigningKeys(invocation);
  if (found === null) {
    throw new CliError(
      exitCodes.config,
      `there is no key to sign with: looked at ${lookedAt}`,
      'set JWT_SECRET or JWT_KEYS, name its file with --env-file or --secrets-dir, or start `chatbox serve --dev` once',
    );
  }
  const { issueToken } = await import('../../server/auth/issue.js');
  const issuedAtMs = Date.now();
  const expiresAtMs = issuedAtMs + asked.lifetimeMs;
  const { userId, name, roles } = asked;
  const subject = { userId, roles, issuedAtMs, expiresAtMs, ...(name === undefined ? {} : { name }) };
  const [{ secret, kid }] = found.keys;
  const token = await issueToken(subject, secret, kid);
  const file = optionText(invocation, 'output');
  if (file === undefined) {
    const facts = {
      user_id: userId,
      roles,
      expires_at: new Date(expiresAtMs).toISOString(),
      ...(kid === undefined ? {} : { kid }),
    };
    await invocation.output.result({ token, ...facts }, () => token);
  } else await writeNew(resolve(invocation.io.cwd, file), token);
  const where = file === undefined ? '' : `, in ${file}`;
  const by = kid === undefined ? found.source : `key ${kid} of ${found.source}`;
  invocation.output.talk(
    `token for ${JSON.stringify(userId)}, good for ${describeSpan(asked.lifetimeMs)}${where}; signed with ${by}`,
  );
  return exitCodes.ok;
}

async function writeNew(path: string, token: string): Promise<void> {
  if (await createPrivate(path, `${token}\n`)) return;
  throw new CliError(exitCodes.conflict, `${path} is there already`, 'remove it first, or choose another --output');
}

async function readAsked(invocation: Invocation): Promise<Asked> {
  const userId = optionText(invocation, 'user') ?? '';
  const name = optionText(invocation, 'name');
  const roles = optionList(invocation, 'role');
  if (userId.trim() === '' || !withinCodePoints(userId, limits.userId) || /[\0\p{Cs}]/u.test(userId)) {
    throw new CliError(exitCodes.usage, `--user: must have 1 to ${limits.userId} characters`);
  }
  if (name !== undefined && !withinCodePoints(name, limits.displayName)) {
    throw new CliError(exitCodes.usage, `--name: must have at most ${limits.displayName} characters`);
  }
  if (roles.length > limits.roles || roles.some((role) => role === '' || !withinCodePoints(role, limits.role))) {
    throw new CliError(exitCodes.usage, `--role: at most ${limits.roles} roles of 1 to ${limits.role} characters`);
  }
  const { duration } = await import('../../server/config/parsers.js');
  const lifetime = duration(1_000, longestMs).parse(optionText(invocation, 'expires') ?? '');
  if (!lifetime.ok)
    throw new CliError(exitCodes.usage, `--expires: ${lifetime.reason}`, 'write it like 30m, 8h or 30d');
  return { userId, name, roles, lifetimeMs: lifetime.value };
}
