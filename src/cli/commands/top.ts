// Station: cli/commands. `chatbox top`. What runs it is in cli/top.
import type { Command } from '../command.js';
import { targetOptions } from '../target-options.js';

/** What goes on now. */
export const topCommand: Command = {
  path: ['top'],
  summary: 'What goes on now: connections, sessions, answers, tokens a second, who waits for a person',
  options: [
    { flags: '--every <seconds>', summary: 'look again so often (1 to 60)', default: '2' },
    { flags: '--once', summary: 'look once and end' },
    ...targetOptions,
  ],
  examples: ['chatbox top', 'chatbox top --once --json', 'chatbox top --json | jq .answering'],
  load: async () => (await import('../top/run-top.js')).runTop,
};
