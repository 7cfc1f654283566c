// Station: cli/commands. `chatbox chat`. What runs it is in cli/chat.
import type { Command } from '../command.js';
import { targetOptions } from '../target-options.js';

/** Talks to a server: a screen on a terminal, lines on a pipe. */
export const chatCommand: Command = {
  path: ['chat'],
  summary: 'Talk from the terminal; on a pipe each line is a message; with --json frames go out as NDJSON',
  options: [
    { flags: '--message <text>', summary: 'ask once, print the answer, end; exit 1 if there is none' },
    { flags: '--resume', summary: 'show the last conversation and go on with it' },
    { flags: '--session <id>', summary: 'go on with this conversation' },
    { flags: '--new', summary: 'begin another conversation' },
    { flags: '--model <id>', summary: 'the model that is to answer' },
    { flags: '--timeout <seconds>', summary: 'how long to wait for an answer', default: '120' },
    ...targetOptions,
  ],
  examples: [
    'chatbox chat',
    'chatbox chat --message "hello"',
    'chatbox chat --resume',
    'printf "one\\ntwo\\n" | chatbox chat --new',
    'chatbox chat --json --message "hello" | jq -r .type',
  ],
  load: async () => (await import('../chat/run-chat.js')).runChat,
};
