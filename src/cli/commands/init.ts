// Station: cli/commands. `chatbox init`. What runs it is in cli/init.
import type { Command } from '../command.js';

/** Begins a deployment. */
export const initCommand: Command = {
  path: ['init'],
  summary: 'Write what a deployment begins with: Dockerfile, compose.yaml, .env.example, config file, pipelines',
  args: '[dir]',
  options: [
    { flags: '--force', summary: 'replace files that are there with other content' },
    { flags: '--dry-run', summary: 'say what would be written, and write nothing' },
  ],
  examples: ['chatbox init', 'chatbox init deploy --dry-run', 'chatbox init --force --json'],
  load: async () => (await import('../init/run-init.js')).runInit,
};
