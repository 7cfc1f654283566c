// Station: cli/commands. `chatbox doctor`. What runs it is in cli/doctor.
import type { Command } from '../command.js';
import { settingOptions, sourceOptions } from '../config-options.js';

/** Looks at everything that a server needs. */
export const doctorCommand: Command = {
  path: ['doctor'],
  summary: 'Look at what a server needs: configuration, store, indexes, clock; and say how to mend it',
  options: [
    { flags: '--dev', summary: 'with the defaults of serve --dev' },
    ...sourceOptions,
    ...settingOptions.filter(({ flags }) => flags.startsWith('--data-dir')),
  ],
  examples: ['chatbox doctor', 'chatbox doctor --env-file chatbox.env --json'],
  load: async () => (await import('../doctor/run-doctor.js')).runDoctor,
};
