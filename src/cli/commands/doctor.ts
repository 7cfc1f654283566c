// Station: cli/commands. `chatbox doctor`. What runs it is in cli/doctor.
import type { Command } from '../command.js';
import { settingOptions, sourceOptions } from '../config-options.js';

/** Looks at everything that a server needs. */
export const doctorCommand: Command = {
  path: ['doctor'],
  summary:
    'Look at what a server needs: Node, configuration, secrets, keys, store, models, ports; and say how to mend it',
  options: [
    { flags: '--url <url>', summary: 'public URL with its prefix: also open a WebSocket through it' },
    {
      flags: '--token-file <file>',
      summary: 'token for that WebSocket; else one is signed with JWT_KEYS or JWT_SECRET',
    },
    {
      flags: '--only <check...>',
      summary: 'only these checks; health, whether the server here answers, is run only so',
    },
    { flags: '--timeout <seconds>', summary: 'how long a check may take', default: '10' },
    { flags: '--dev', summary: 'with the defaults of serve --dev' },
    ...settingOptions.filter(({ flags }) => !flags.startsWith('--log-level')),
    ...sourceOptions,
  ],
  examples: [
    'chatbox doctor --env-file chatbox.env',
    'chatbox doctor --url https://chat.example.com/chatbox --json',
    'chatbox doctor --only health',
  ],
  load: async () => (await import('../doctor/run-doctor.js')).runDoctor,
};
