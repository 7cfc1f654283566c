// Station: cli/commands. `chatbox store backup|restore`. What runs them is in cli/store.
import type { Command, CommandOption } from '../command.js';
import { sourceOptions } from '../config-options.js';

const options: readonly CommandOption[] = [
  { flags: '--data-dir <dir>', summary: 'data folder of the store (DATA_DIR; else .chatbox)' },
  { flags: '--overwrite', summary: 'replace what is there' },
  ...sourceOptions,
];

/** Copies the store to a file. */
export const storeBackupCommand: Command = {
  path: ['store', 'backup'],
  summary: 'Copy the store to one file; the server may run meanwhile',
  args: '<target>',
  options,
  examples: [
    'chatbox store backup chatbox-backup.sqlite',
    'chatbox store backup --data-dir /var/lib/chatbox backup.sqlite',
  ],
  load: async () => (await import('../store/copy-store.js')).backup,
};

/** Brings a backup back. */
export const storeRestoreCommand: Command = {
  path: ['store', 'restore'],
  summary: 'Put a backup in the place of the store; the server must not run',
  args: '<source>',
  options,
  examples: ['chatbox store restore chatbox-backup.sqlite', 'chatbox store restore --overwrite chatbox-backup.sqlite'],
  load: async () => (await import('../store/copy-store.js')).restore,
};
