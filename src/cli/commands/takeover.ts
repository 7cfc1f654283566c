// Station: cli/commands. `chatbox takeover`. What runs it is in cli/takeover.
import type { Command } from '../command.js';
import { targetOptions } from '../target-options.js';

/** A person takes a live conversation. */
export const takeoverCommand: Command = {
  path: ['takeover'],
  summary: 'Take a live conversation from the model: a terminal for support staff, or NDJSON with --json',
  args: '[session]',
  options: [
    { flags: '--watch', summary: 'read along, unseen by the user, and take nothing' },
    { flags: '--force', summary: 'with --json: take it also from a colleague who holds it; not with --watch' },
    {
      flags: '--replies <file>',
      summary: 'canned replies: blocks parted by lines of ---, the first line of each its name',
    },
    ...targetOptions,
  ],
  examples: [
    'chatbox takeover',
    'chatbox takeover 0198c2 --replies replies.txt',
    'chatbox takeover 0198c2 --json < commands.ndjson',
  ],
  load: async () => (await import('../takeover/run-takeover.js')).runTakeover,
};
