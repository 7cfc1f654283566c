// Station: cli/secrets. Where a set is read from and written back to: a file or folder, a file encrypted with age, or a Secret in a cluster. Called by run-check and run-rotate.
import { resolve } from 'node:path';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { isAgeFile } from './age/is-age-file.js';
import { parseSet, readSet, type SetReading } from './read-set.js';
import { rewrite } from './rewrite.js';

/** One set, wherever it is kept. */
export interface SecretSource {
  read(): Promise<SetReading>;
  /** Puts a value (null: nothing) in the place of one secret, and leaves all else as `read` found it. @throws CliError */
  write(name: string, value: string | null): Promise<void>;
}

/** Options that only a Secret in a cluster knows. */
const clusterOptions = ['kubeconfig', 'context', 'namespace', 'force'];

/** Opens the set of that name; `secret/NAME` is one in a cluster. @param needs rights on Secrets that the command needs there @throws CliError */
export async function openSource(
  invocation: Invocation,
  label: string,
  needs: readonly string[],
): Promise<SecretSource> {
  const identity = optionText(invocation, 'identity');
  if (label.startsWith('secret/')) {
    if (identity !== undefined) throw stray('identity', 'a file that was encrypted with age');
    return await (await import('./live/live-source.js')).openLiveSource(invocation, label, needs);
  }
  const given = clusterOptions.find((name) => invocation.options[name] !== undefined);
  if (given !== undefined) throw stray(given, 'a Secret in a cluster: secret/NAME');
  const path = resolve(invocation.io.cwd, label);
  if (await isAgeFile(path)) return ageSource(invocation, path, label, identity);
  if (identity !== undefined) throw stray('identity', 'a file that was encrypted with age');
  return fileSource(path, label);
}

function stray(option: string, what: string): CliError {
  return new CliError(exitCodes.usage, `--${option}: is of no use here`, `it belongs to ${what}`);
}

function fileSource(path: string, label: string): SecretSource {
  const read = () => readSet(path, label);
  let kind: SetReading['kind'] | null = null;
  return {
    async read() {
      const set = await read();
      kind = set.kind;
      return set;
    },
    async write(name, value) {
      await rewrite(path, kind ?? (await read()).kind, name, value);
    },
  };
}

function ageSource(invocation: Invocation, path: string, label: string, identity: string | undefined): SecretSource {
  return {
    async read() {
      if (identity === undefined)
        throw new CliError(
          exitCodes.usage,
          `${label} is encrypted with age`,
          'name the file with your identity: `chatbox secrets check --identity FILE`; to rotate, decrypt it first',
        );
      const { decryptFile } = await import('./age/decrypt-set.js');
      return parseSet(await decryptFile(invocation.io, path, label, identity), label);
    },
    async write() {
      throw new CliError(
        exitCodes.usage,
        `${label} is encrypted with age, and is not changed in place`,
        'decrypt it, rotate that, and encrypt it again',
      );
    },
  };
}
