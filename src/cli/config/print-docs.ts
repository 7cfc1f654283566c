// Station: cli/config. Runs `chatbox config docs`.
import { configurationPage, envExample } from '../../server/config/docs.js';
import { type Invocation, optionText } from '../command.js';
import { commands } from '../commands/index.js';
import { exitCodes } from '../exit-codes.js';
import { commandsPage } from './commands-page.js';

const pages: Readonly<Record<string, () => string>> = {
  settings: configurationPage,
  commands: () => commandsPage(commands),
  env: envExample,
};

/** Prints a reference page, or the .env example. */
export async function printDocs(invocation: Invocation): Promise<number> {
  const page = pages[optionText(invocation, 'format') ?? ''] ?? configurationPage;
  await invocation.output.data(page());
  return exitCodes.ok;
}
