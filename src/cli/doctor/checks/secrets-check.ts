// Station: cli/doctor. The secrets that are given: where each comes from, and who else may read that. Listed in run-doctor.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { optionText } from '../../command.js';
import { type CheckContext, type DoctorCheck, failed, type NamedVerdict, ok, warning } from '../check.js';

/** Secrets and the files that they lie in. */
export const secretsCheck: DoctorCheck = {
  name: 'secrets',
  why: 'whoever reads the key for tokens is every user; whoever reads the others reads what is stored, or pays with your account',
  run: async (context) => {
    const given = [...context.settings.values()].filter(({ entry, isGiven }) => entry.field.secret && isGiven);
    const names = given.map(
      ({ entry, origin }) => `${entry.env[0]} (${origin.startsWith('env ') ? 'environment' : origin})`,
    );
    const { jwtSecret, jwtKeys, jwksUrl } = context.config.auth;
    const isSigned = [jwtSecret, jwtKeys, jwksUrl].some((each) => each !== null) || context.config.mode === 'dev';
    return [
      isSigned
        ? ok(
            names.length === 0
              ? 'none is given, and none is needed'
              : `${names.join(', ')}; each strong enough to start`,
          )
        : failed('nothing verifies tokens', 'set JWT_SECRET (chatbox secrets create), JWT_KEYS or JWKS_URL'),
      ...(await openFiles(context)),
    ];
  },
};

/** Files with secrets that others on this machine may read. */
async function openFiles({ invocation, settings }: CheckContext): Promise<readonly NamedVerdict[]> {
  const { io } = invocation;
  const holdsSecret = (label: string) =>
    [...settings.values()].some(
      ({ entry, origin, isGiven }) => isGiven && entry.field.secret && origin.startsWith(`${label}:`),
    );
  const files = ['envFile', 'config'].flatMap((option) => {
    const path =
      optionText(invocation, option) ?? (option === 'config' ? io.env.CHATBOX_CONFIG || undefined : undefined);
    return path === undefined ? [] : [path];
  });
  const verdicts: NamedVerdict[] = [];
  for (const file of files) {
    const found = await stat(resolve(io.cwd, file)).catch(() => null);
    const name = file.split('/').at(-1) ?? file;
    if (found === null || (found.mode & 0o077) === 0 || !holdsSecret(name)) continue;
    const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
    verdicts.push(
      warning(`${file} holds secrets and has mode ${mode}: others on this machine may read it`, `chmod 600 ${file}`),
    );
  }
  return verdicts;
}
