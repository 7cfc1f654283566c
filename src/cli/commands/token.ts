// Station: cli/commands. `chatbox token create|inspect`. What runs them is in cli/token.
import type { Command } from '../command.js';
import { sourceOptions } from '../config-options.js';

const dataDir = {
  flags: '--data-dir <dir>',
  summary: 'data folder whose generated secret to use (DATA_DIR; else .chatbox)',
};

/** Signs a token. */
export const tokenCreateCommand: Command = {
  path: ['token', 'create'],
  summary: 'Sign a token with the first of JWT_KEYS, else JWT_SECRET, else the secret that `serve --dev` generated',
  options: [
    { flags: '--user <id>', summary: 'whom it speaks for', required: true },
    { flags: '--name <name>', summary: 'the name that others see (else the id)' },
    { flags: '--role <role...>', summary: 'a role; admin and chat_admin make an admin' },
    { flags: '--expires <duration>', summary: 'how long it is good', default: '1h' },
    { flags: '--output <file>', summary: 'write it to a new file (mode 0600) instead of printing it' },
    dataDir,
    ...sourceOptions,
  ],
  examples: [
    'chatbox token create --user ada',
    'chatbox token create --user grace --name "Grace Hopper" --role admin --expires 8h --output admin.token',
  ],
  load: async () => (await import('../token/create-token.js')).createToken,
};

/** Reads a token. */
export const tokenInspectCommand: Command = {
  path: ['token', 'inspect'],
  summary:
    'Print what a token says, its key, when it expires, and whether its signature is good; exit 4 if it is of no use',
  args: '[file]',
  options: [dataDir, ...sourceOptions],
  examples: ['chatbox token inspect', 'chatbox token inspect admin.token', 'pbpaste | chatbox token inspect -'],
  load: async () => (await import('../token/inspect-token.js')).inspectToken,
};
