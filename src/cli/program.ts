// Station: cli. The commands as a commander program: parsing, help, usage errors. Called by main.
import { type Command as CommanderCommand, CommanderError, Option, Command as Program } from 'commander';
import { nearest } from '../common/nearest.js';
import type { Command, GlobalFlags, Invocation, Io } from './command.js';
import { commandGroups, commands } from './commands/index.js';
import { CliError, exitCodes } from './exit-codes.js';
import { reportFailure } from './output/failure.js';
import { createOutput } from './output/output.js';
import { about, globalOptions, helpWidth, rootHelp } from './root-help.js';
import { packageVersion } from './version.js';

const globalNames = new Set(globalOptions.map(([name]) => name));
const seeHelp = 'see `chatbox help`, or `chatbox help <command>`';

/** Parses `argv`, runs the command that it names, and resolves to the exit code. Never rejects. */
export async function runProgram(io: Io, argv: readonly string[], all: readonly Command[] = commands): Promise<number> {
  let code: number = exitCodes.ok;
  const program = buildProgram(io, all, async (command, invocation) => {
    const run = await command.load();
    code = await run(invocation);
  });
  try {
    const words = argv.filter((word) => !globalNames.has(word));
    if (words[0] === 'help') return printHelp(program, words.slice(1));
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (cause) {
    if (cause instanceof CommanderError) {
      if (cause.exitCode === 0) return exitCodes.ok;
      // `chatbox` alone: the help was printed, on stderr; that is all there is to say.
      if (cause.code === 'commander.help') return exitCodes.usage;
      return reportFailure(io, globalFlags(argv), usageError(cause));
    }
    return reportFailure(io, globalFlags(argv), cause);
  }
}

/** `help token create`: commander's own help command knows only one word. */
function printHelp(program: CommanderCommand, words: readonly string[]): number {
  let node = program;
  for (const word of words.filter((each) => !each.startsWith('-'))) {
    const names = node.commands.map((child) => child.name());
    const child = node.commands.find((candidate) => candidate.name() === word);
    if (child === undefined) {
      const meant = nearest(word, names);
      throw new CliError(
        exitCodes.usage,
        `unknown command '${word}'`,
        meant === null ? seeHelp : `did you mean ${meant}?`,
      );
    }
    node = child;
  }
  node.outputHelp();
  return exitCodes.ok;
}

/** Makes the program. `act` is called with the command that was named. */
function buildProgram(
  io: Pick<Io, 'stdout' | 'stderr'> & Partial<Io>,
  all: readonly Command[],
  act: (command: Command, invocation: Invocation) => Promise<void>,
): CommanderCommand {
  const program = shaped(new Program('chatbox'), io)
    .description(about)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand(false);
  for (const [flags, summary] of globalOptions) program.option(flags, summary);
  program.helpInformation = () => rootHelp(all, helpWidth(io.stdout));
  for (const command of all) {
    const parent = groupOf(program, command, io);
    const leaf = shaped(parent.command(`${command.path.at(-1)} ${command.args ?? ''}`.trim()), io).description(
      command.summary,
    );
    for (const option of command.options) leaf.addOption(toOption(option));
    if (command.examples.length > 0)
      leaf.addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`);
    leaf.action(async () => {
      const { json, quiet, debug, ...options } = leaf.optsWithGlobals<Record<string, string | boolean | string[]>>();
      const global = { json: json === true, quiet: quiet === true, debug: debug === true };
      const whole = io as Io;
      await act(command, { io: whole, global, options, args: leaf.args, output: createOutput(io, global) });
    });
  }
  return program;
}

/** What every node of the tree has in common. */
function shaped(node: CommanderCommand, io: Pick<Io, 'stdout' | 'stderr'>): CommanderCommand {
  return node
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => helpWidth(io.stdout),
      getErrHelpWidth: () => 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .allowExcessArguments(false)
    .showSuggestionAfterError(true);
}

function groupOf(program: CommanderCommand, command: Command, io: Pick<Io, 'stdout' | 'stderr'>): CommanderCommand {
  let node = program;
  for (const name of command.path.slice(0, -1)) {
    const known = node.commands.find((child) => child.name() === name);
    node =
      known ??
      shaped(node.command(name), io)
        .description(commandGroups[name] ?? '')
        .helpCommand(false);
  }
  return node;
}

function toOption(option: Command['options'][number]): Option {
  const made = new Option(option.flags, option.summary);
  if (option.default !== undefined) made.default(option.default);
  if (option.choices !== undefined) made.choices(option.choices);
  if (option.required === true) made.makeOptionMandatory();
  return made;
}

/** Commander's sentence, taken apart into what was wrong and what may have been meant. */
function usageError(cause: CommanderError): CliError {
  const [first = '', ...rest] = cause.message.replace(/^error: /, '').split('\n');
  const hint = /\(Did you mean (.+?)\?\)/.exec(rest.join(' '))?.[1];
  return new CliError(exitCodes.usage, first, hint === undefined ? seeHelp : `did you mean ${hint}?`);
}

/** The global flags of a command line that could not be parsed, or need not be. */
export function globalFlags(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf('--');
  const given = end === -1 ? argv : argv.slice(0, end);
  return { json: given.includes('--json'), quiet: given.includes('--quiet'), debug: given.includes('--debug') };
}
