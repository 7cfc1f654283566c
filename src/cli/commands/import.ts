// Station: cli/commands. `chatbox import`. What runs it is in cli/import.
import type { Command } from '../command.js';
import { sourceOptions } from '../config-options.js';

/** The reference's sessions become ours. */
export const importCommand: Command = {
  path: ['import'],
  summary: 'Make the sessions of the reference in MongoDB ours; can be cut off and run again',
  options: [
    { flags: '--keep-doubtful', summary: 'take as it stands what looks encrypted and does not open' },
    ...sourceOptions,
  ],
  examples: ['chatbox import --env-file chatbox.env', 'chatbox import --json > report.json'],
  load: async () => (await import('../import/run-import.js')).runImport,
};
