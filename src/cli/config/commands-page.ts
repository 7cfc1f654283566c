// Station: cli/config. The page docs/cli.md, made of the commands. Called by `chatbox config docs --format commands`.
import type { Command } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { about, globalOptions } from '../root-help.js';

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'done',
  failure: 'failed',
  usage: 'unknown command or option, or a choice that it does not take',
  config: 'the configuration is wrong or incomplete; a setting given as a flag is configuration too',
  auth: 'no token, or one that is refused',
  notFound: 'what was named is not there',
  conflict: 'something is in the way: a file, a port, another server',
  unavailable: 'the server or the store cannot be reached',
  interrupted: 'interrupted',
};

/** The page docs/cli.md. */
export function commandsPage(commands: readonly Command[]): string {
  const codes = Object.entries(exitCodes).map(
    ([name, code]) => `| ${code} | ${meanings[name as keyof typeof exitCodes]} |`,
  );
  return `# The command line

This page is made by \`chatbox config docs --format commands\`. ${about}

Data goes to standard output, everything else to standard error. A command that fails says what failed, why, and how to mend it; \`--debug\` adds where.

## Every command knows

${optionTable(globalOptions)}

Exit codes:

| code | meaning |
|---|---|
${codes.join('\n')}

${commands.map(section).join('\n')}`;
}

function section({ path, args, summary, options, examples }: Command): string {
  const usage = ['chatbox', ...path, args, options.length > 0 ? '[options]' : undefined].filter(
    (word) => word !== undefined,
  );
  const rows = options.map((option) => {
    const notes = [
      option.summary,
      option.choices === undefined ? '' : `One of ${option.choices.join(', ')}.`,
      option.default === undefined ? '' : `Default ${option.default}.`,
      option.required === true ? 'Needed.' : '',
    ];
    return [option.flags, notes.filter((note) => note !== '').join(' ')] as const;
  });
  return `## chatbox ${path.join(' ')}

${summary}.

\`\`\`
${usage.join(' ')}
\`\`\`

${rows.length === 0 ? '' : `${optionTable(rows)}\n\n`}\`\`\`sh
${examples.join('\n')}
\`\`\`
`;
}

function optionTable(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([flags, text]) => `| \`${flags}\` | ${text.replaceAll('|', '\\|')} |`);
  return `| option | |\n|---|---|\n${lines.join('\n')}`;
}
