// Station: cli/config. Runs `chatbox config docs`.
import { configurationPage, envExample } from '../../server/config/docs.js';
import type { Invocation } from '../command.js';
import { exitCodes } from '../exit-codes.js';

/** Prints the reference page, or the .env example. */
export async function printDocs({ options, output }: Invocation): Promise<number> {
  await output.data(options.format === 'env' ? envExample() : configurationPage());
  return exitCodes.ok;
}
