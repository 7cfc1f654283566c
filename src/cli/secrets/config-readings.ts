// Station: cli/secrets. What a config file says, without its secrets: which of them are waited for follows from it. Called by run-create and run-check.
import { resolve } from 'node:path';
import type { Reading } from '../../server/config/given.js';
import { readConfigFile } from '../../server/config/read-file.js';
import { diskFiles } from '../../server/config/sources.js';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** The file of --config as a reading; none where it is not given. @throws CliError (config) */
export async function configReadings(invocation: Invocation): Promise<readonly Reading[]> {
  const file = optionText(invocation, 'config');
  if (file === undefined) return [];
  const read = await diskFiles.text(resolve(invocation.io.cwd, file));
  if (!read.ok) throw new CliError(exitCodes.config, `--config: ${file} ${read.reason}`, 'name a config file');
  return [readConfigFile(read.text, file)];
}
