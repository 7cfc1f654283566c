// Station: cli/commands. `chatbox keys list|rotate`. What runs them is in cli/keys.
import type { Command, CommandOption } from '../command.js';
import { sourceOptions } from '../config-options.js';

const options: readonly CommandOption[] = [
  { flags: '--data-dir <dir>', summary: 'data folder of the store (DATA_DIR; else .chatbox, if a store lies there)' },
  ...sourceOptions,
];

/** The keys, who knows them, what they seal. */
export const keysListCommand: Command = {
  path: ['keys', 'list'],
  summary: 'List the encryption keys: which servers know them and, with --scan, how much is sealed with each',
  options: [...options, { flags: '--scan', summary: 'read the whole store and count what each key seals' }],
  examples: ['chatbox keys list', 'chatbox keys list --scan --json'],
  load: async () => (await import('../keys/list-keys.js')).listKeys,
};

/** From one key to the next, while servers are at work. */
export const keysRotateCommand: Command = {
  path: ['keys', 'rotate'],
  summary: 'Seal everything anew with the active key, retire the others, and say which step comes next',
  options: [
    ...options,
    { flags: '--rate <records>', summary: 'read at most so many records a second', default: '2000' },
    { flags: '--dry-run', summary: 'change nothing: count what is left to do' },
  ],
  examples: ['chatbox keys rotate --env-file chatbox.env', 'chatbox keys rotate --rate 500 --json'],
  load: async () => (await import('../keys/rotate-keys.js')).rotateKeys,
};
