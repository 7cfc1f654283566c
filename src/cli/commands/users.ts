// Station: cli/commands. `chatbox users export|erase`. What runs them is in cli/users.
import type { Command, CommandOption } from '../command.js';
import { sourceOptions } from '../config-options.js';

const options: readonly CommandOption[] = [
  { flags: '--data-dir <dir>', summary: 'data folder of the store (DATA_DIR; else .chatbox)' },
  ...sourceOptions,
];

/** Everything that is kept of a user. */
export const usersExportCommand: Command = {
  path: ['users', 'export'],
  summary: 'Print everything that is kept of a user, as NDJSON: a line a session, a line a message',
  args: '<user>',
  options,
  examples: ['chatbox users export ada > ada.ndjson', 'chatbox users export ada --env-file chatbox.env'],
  load: async () => (await import('../users/export-user.js')).exportUser,
};

/** Nothing is kept of a user any more. */
export const usersEraseCommand: Command = {
  path: ['users', 'erase'],
  summary: 'Remove everything that is kept of a user, and print a receipt of ids and counts',
  args: '<user>',
  options: [...options, { flags: '--yes', summary: 'do it; without this it only says what would be removed' }],
  examples: ['chatbox users erase ada', 'chatbox users erase ada --yes --json > receipt.json'],
  load: async () => (await import('../users/erase-user.js')).eraseUser,
};
