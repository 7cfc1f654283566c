// Station: cli/secrets/age. The text of a file that was encrypted with age. Called by open-source.
import { readFile, stat } from 'node:fs/promises';
import { armor, Decrypter } from 'age-encryption';
import type { Io } from '../../command.js';
import { CliError, exitCodes } from '../../exit-codes.js';
import { readLines } from './read-lines.js';

const maxBytes = 1_048_576;

/** Decrypts `path` with the identities in a file. @param label what to call it in messages @throws CliError, in which there is nothing of either file */
export async function decryptFile(
  io: Pick<Io, 'cwd'>,
  path: string,
  label: string,
  identityFile: string,
): Promise<string> {
  const decrypter = new Decrypter();
  for (const identity of await readLines(io, '--identity', identityFile)) addTo(decrypter, identity, identityFile);
  if ((await stat(path)).size > maxBytes)
    throw new CliError(exitCodes.config, `${label} is larger than ${maxBytes} bytes`);
  const bytes = await readFile(path);
  try {
    const file = bytes.subarray(0, 1).toString() === '-' ? armor.decode(bytes.toString('utf8')) : bytes;
    return await decrypter.decrypt(file, 'text');
  } catch {
    // The reasons of the library are about bytes of the file.
    throw new CliError(
      exitCodes.config,
      `${label} cannot be decrypted with the identities of ${identityFile}`,
      'name the identity of one of its recipients; if it is one, the file is damaged',
    );
  }
}

function addTo(decrypter: Decrypter, identity: string, identityFile: string): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    throw new CliError(
      exitCodes.config,
      `--identity: ${identityFile} holds a line that is no identity of age`,
      'it begins with AGE-SECRET-KEY-1; `age-keygen` makes one',
    );
  }
}
