// Station: cli. The help of `chatbox` itself, made of the commands alone: it is asked for more often than any other, so it does not wait for a parser. Called by main and program.
import type { Command } from './command.js';

/** What chatbox is, in one sentence. */
export const about = 'A WebSocket chat service between users, a language model and, on request, a person.';

/** Flags that every command knows, with what they do. */
export const globalOptions: readonly (readonly [string, string])[] = [
  ['--json', 'print data, and errors, as JSON'],
  ['--quiet', 'print nothing but data, warnings and errors'],
  ['--debug', 'say more, and print where an error came from'],
];

const ownOptions: readonly (readonly [string, string])[] = [
  ['-V, --version', 'print the version'],
  ['-h, --help', 'print this, or after a command its help'],
];

const narrowest = 40;

/** The help of `chatbox`. @param columns where lines are wrapped */
export function rootHelp(commands: readonly Command[], columns: number): string {
  const listed = commands.map(({ path, args, summary }) => [[...path, args ?? ''].join(' ').trim(), summary] as const);
  const rows = [...listed, ['help [command]', 'Print the help of a command'] as const];
  const widest = Math.max(...[...rows, ...globalOptions, ...ownOptions].map(([name]) => name.length));
  const list = (items: readonly (readonly [string, string])[]) =>
    items.map(([name, text]) => `  ${name.padEnd(widest)}  ${wrap(text, columns - widest - 4, widest + 4)}\n`).join('');
  return [
    `Usage: chatbox <command> [options]\n\n${wrap(about, columns, 0)}\n`,
    `Commands:\n${list(rows)}`,
    `Options:\n${list([...globalOptions, ...ownOptions])}`,
    'Examples:\n  chatbox serve --dev\n  chatbox help token create\n',
  ].join('\n');
}

function wrap(text: string, room: number, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > Math.max(narrowest, room)) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

/** Where help is wrapped: at the edge of a terminal, else at 100. */
export function helpWidth(stream: { readonly isTTY?: boolean; readonly columns?: number }): number {
  return stream.isTTY === true ? (stream.columns ?? 80) : 100;
}
