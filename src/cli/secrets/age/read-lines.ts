// Station: cli/secrets/age. The lines of a file of recipients or identities: one each, `#` begins a comment. Called by encrypt-set and decrypt-set.
import { resolve } from 'node:path';
import { diskFiles } from '../../../server/config/sources.js';
import type { Io } from '../../command.js';
import { CliError, exitCodes } from '../../exit-codes.js';

const maxLines = 1_000;

/** Reads them. @param option that named the file @throws CliError (config), in which no line is quoted */
export async function readLines({ cwd }: Pick<Io, 'cwd'>, option: string, path: string): Promise<readonly string[]> {
  const read = await diskFiles.text(resolve(cwd, path));
  if (!read.ok) throw new CliError(exitCodes.config, `${option}: ${path} ${read.reason}`, 'name a file that is yours');
  const lines = read.text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length > 0 && lines.length <= maxLines) return lines;
  throw new CliError(
    exitCodes.config,
    `${option}: ${path} holds ${lines.length === 0 ? 'nothing' : `more than ${maxLines} lines`}`,
    'write one to a line',
  );
}
