// Station: cli. The options by which a client command finds its server; apart from target, so that help loads no more than this. Called by client commands.
import type { CommandOption } from './command.js';

/** Options that every client command takes; hand their parsed values to resolveTarget. */
export const targetOptions: readonly CommandOption[] = [
  {
    flags: '--server <url>',
    summary: 'the server, with its path prefix (CHATBOX_SERVER; else the one in the data folder)',
  },
  {
    flags: '--token-file <file>',
    summary: 'file that holds the token (CHATBOX_TOKEN_FILE; else the one in the data folder)',
  },
  { flags: '--data-dir <dir>', summary: 'data folder of a server on this machine (DATA_DIR; else .chatbox)' },
];
