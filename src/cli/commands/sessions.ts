// Station: cli/commands. `chatbox sessions list|show|tail|export|end`. What runs them is in cli/sessions.
import { sessionSorts } from '../../protocol/session-sorts.js';
import type { Command } from '../command.js';
import { targetOptions } from '../target-options.js';

/** Conversations of everyone, by any sort and filter of the server. */
export const sessionsListCommand: Command = {
  path: ['sessions', 'list'],
  summary: 'List conversations: all filters and sorts, as a table, JSON, YAML or CSV',
  options: [
    { flags: '--sort-by <field>', summary: 'what to sort by', choices: sessionSorts },
    { flags: '--sort-order <order>', summary: 'asc or desc', choices: ['asc', 'desc'] },
    { flags: '--id-prefix <text>', summary: 'whose id begins so' },
    { flags: '--user <id>', summary: 'of this user' },
    { flags: '--status <status>', summary: 'active or ended', choices: ['active', 'ended'] },
    { flags: '--assisted', summary: 'that a person helped in' },
    { flags: '--needs-help', summary: 'that wait for a person' },
    { flags: '--from <time>', summary: 'started at or after this time (RFC 3339)' },
    { flags: '--to <time>', summary: 'started at or before this time' },
    { flags: '--limit <n>', summary: 'so many (1 to 1000; 100 when left out)' },
    { flags: '--offset <n>', summary: 'skip so many' },
    { flags: '--cursor <cursor>', summary: 'go on where a page ended' },
    { flags: '--all', summary: 'every page; with --json a line a session' },
    { flags: '--watch', summary: 'again every two seconds' },
    {
      flags: '-o, --output <format>',
      summary: 'how to print',
      choices: ['table', 'wide', 'json', 'yaml', 'csv'],
      default: 'table',
    },
    ...targetOptions,
  ],
  examples: [
    'chatbox sessions list --needs-help',
    'chatbox sessions list --sort-by total_tokens --sort-order desc -o wide',
    'chatbox sessions list --all -o csv > sessions.csv',
  ],
  load: async () => (await import('../sessions/list-sessions.js')).listSessions,
};

/** One conversation at a glance. */
export const sessionsShowCommand: Command = {
  path: ['sessions', 'show'],
  summary: 'Show a conversation: what it is, and its last messages',
  args: '<session>',
  options: [{ flags: '--last <n>', summary: 'so many messages (1 to 500)', default: '20' }, ...targetOptions],
  examples: ['chatbox sessions show 0198c2', 'chatbox sessions show 0198c2 --last 100 --json'],
  load: async () => (await import('../sessions/show-session.js')).showSession,
};

/** A conversation as it goes on. */
export const sessionsTailCommand: Command = {
  path: ['sessions', 'tail'],
  summary: 'Follow a conversation live, unseen by the user; every frame as NDJSON with --json',
  args: '<session>',
  options: [...targetOptions],
  examples: ['chatbox sessions tail 0198c2', 'chatbox sessions tail 0198c2 --json'],
  load: async () => (await import('../sessions/tail-session.js')).tailSession,
};

/** A whole conversation as a file. */
export const sessionsExportCommand: Command = {
  path: ['sessions', 'export'],
  summary: 'Export a whole conversation, of any length, as JSON lines, Markdown or CSV',
  args: '<session>',
  options: [
    { flags: '--format <format>', summary: 'jsonl, md or csv', choices: ['jsonl', 'md', 'csv'], default: 'jsonl' },
    { flags: '--output <file>', summary: 'into this file, whole or not at all' },
    { flags: '--force', summary: 'replace a file that is there' },
    ...targetOptions,
  ],
  examples: ['chatbox sessions export 0198c2 | head -1', 'chatbox sessions export 0198c2 --format md --output talk.md'],
  load: async () => (await import('../sessions/export-session.js')).exportSession,
};

/** Ends conversations. */
export const sessionsEndCommand: Command = {
  path: ['sessions', 'end'],
  summary: 'End conversations: they take no more messages',
  args: '<session...>',
  options: [{ flags: '--yes', summary: 'without a question' }, ...targetOptions],
  examples: ['chatbox sessions end 0198c2', 'chatbox sessions end 0198c2 0198c3 --yes'],
  load: async () => (await import('../sessions/end-sessions.js')).endSessions,
};
