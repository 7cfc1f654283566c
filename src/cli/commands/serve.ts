// Station: cli/commands. `chatbox serve`: the server. What runs it is in cli/serve.
import type { Command } from '../command.js';
import { settingOptions, sourceOptions } from '../config-options.js';

/** Runs the server until it is told to stop. */
export const serveCommand: Command = {
  path: ['serve'],
  summary: 'Run the server',
  options: [
    { flags: '--dev', summary: 'try it out here: local address, generated secret and tokens, built-in echo model' },
    ...settingOptions,
    ...sourceOptions,
  ],
  examples: [
    'chatbox serve --dev',
    'chatbox serve --dev --port 0 --data-dir ./try-out',
    'chatbox serve --config /etc/chatbox/chatbox.yaml --secrets-dir /run/secrets/chatbox',
  ],
  load: async () => (await import('../serve/run-serve.js')).runServe,
};
