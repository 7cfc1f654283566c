// Station: cli/commands. `chatbox config show|check|docs`. What runs them is in cli/config.
import type { Command, CommandOption } from '../command.js';
import { settingOptions, sourceOptions } from '../config-options.js';

const options: readonly CommandOption[] = [
  { flags: '--dev', summary: 'as `chatbox serve --dev` would see it' },
  ...sourceOptions,
  ...settingOptions,
];

/** Prints every setting with its value and origin. */
export const configShowCommand: Command = {
  path: ['config', 'show'],
  summary: 'Print every setting, its value and where that came from; secrets only as "set"',
  options: [{ flags: '--given', summary: 'only those that somebody gave' }, ...options],
  examples: ['chatbox config show --dev', 'chatbox config show --given --env-file .env', 'chatbox config show --json'],
  load: async () => (await import('../config/show-config.js')).showConfig,
};

/** Says everything that is wrong. */
export const configCheckCommand: Command = {
  path: ['config', 'check'],
  summary: 'Check the configuration; exit 3 and name every problem with its source and fix',
  options: [
    {
      flags: '--secrets <source>',
      summary: 'set of secrets as `secrets check` takes it, such as a Secret manifest, read as the server will find it',
    },
    ...options,
  ],
  examples: [
    'chatbox config check --env-file .env',
    'chatbox config check --config chatbox.yaml --json',
    'chatbox config check --config chatbox.yaml --secrets secrets.yaml',
  ],
  load: async () => (await import('../config/check-config.js')).checkConfig,
};

/** Prints the reference of all settings. */
export const configDocsCommand: Command = {
  path: ['config', 'docs'],
  summary: 'Print the reference of all settings or commands, or an example of an env file',
  options: [
    {
      flags: '--format <format>',
      summary: 'what to print',
      default: 'settings',
      choices: ['settings', 'commands', 'env'],
    },
  ],
  examples: [
    'chatbox config docs > docs/configuration.md',
    'chatbox config docs --format commands > docs/cli.md',
    'chatbox config docs --format env > .env.example',
  ],
  load: async () => (await import('../config/print-docs.js')).printDocs,
};
