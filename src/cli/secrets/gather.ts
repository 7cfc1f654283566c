// Station: cli/secrets. The values of a new set: given by file, environment, standard input or prompt, else generated. Called by run-create.
import { resolve } from 'node:path';
import { systemRandom } from '../../common/random.js';
import { readEnvFile } from '../../server/config/env-file.js';
import { describeProblem, type Problem } from '../../server/config/problem.js';
import { secretOf } from '../../server/config/read-sources.js';
import { diskFiles } from '../../server/config/sources.js';
import { type Invocation, type Io, optionList } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { openHiddenPrompt } from './hidden-prompt.js';
import { judge } from './judge.js';
import { knownSecret, secretEntry, secretsOfEnvironment, stillWanted, type Wanted } from './wanted.js';

/** A value, and where it came from. */
export interface Gathered {
  readonly value: string;
  readonly origin: 'generated' | 'file' | 'environment' | 'standard input' | 'prompt';
}

const maxStdinBytes = 1_048_576;
/** How often a refused answer is asked for again. */
const maxAsked = 3;

/** Gathers what is wanted and what is given. Throws CliError (usage, config) before anything is written; what it throws quotes no value. */
export async function gather(invocation: Invocation, wanted: Wanted): Promise<ReadonlyMap<string, Gathered>> {
  const without = new Set(optionList(invocation, 'without'));
  for (const name of without) knownSecret(name, '--without');
  const set = new Map<string, Gathered>();
  const add = (name: string, gathered: Gathered) => {
    const other = set.get(name);
    if (other !== undefined || without.has(name))
      throw new CliError(
        exitCodes.usage,
        `${name} is given by ${gathered.origin}, and ${other === undefined ? 'left out by --without' : `by ${other.origin} too`}`,
        'say it once',
      );
    set.set(name, gathered);
  };
  for (const [name, value] of await fromFiles(invocation)) add(name, { value, origin: 'file' });
  if (invocation.options.fromEnv === true)
    for (const [name, value] of secretsOfEnvironment(invocation.io.env)) add(name, { value, origin: 'environment' });
  if (invocation.options.fromStdin === true)
    for (const [name, value] of await fromStdin(invocation.io)) add(name, { value, origin: 'standard input' });
  refuse(judge([...set].map(([name, { value, origin }]) => ({ name, raw: value, source: `${name} (${origin})` }))));

  const left = stillWanted(wanted, (name) => set.has(name)).filter((name) => !without.has(name));
  const isMade = (name: string) => secretEntry(name)?.field.generate !== null;
  if (invocation.options.fromStdin !== true)
    await ask(
      invocation,
      left.filter((name) => !isMade(name)),
      set,
    );
  for (const name of left.filter(isMade)) {
    const value = secretEntry(name)?.field.generate?.(systemRandom);
    if (value !== undefined) set.set(name, { value, origin: 'generated' });
  }
  return set;
}

async function fromFiles(invocation: Invocation): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const pair of optionList(invocation, 'fromFile')) {
    const at = pair.indexOf('=');
    // What stands here without a "=" may be a value that somebody took for an argument: it is not repeated.
    if (at < 1) throw new CliError(exitCodes.usage, '--from-file: must be NAME=path', 'like MONGO_URI=./mongo.uri');
    const name = pair.slice(0, at);
    knownSecret(name, '--from-file');
    const read = await diskFiles.text(resolve(invocation.io.cwd, pair.slice(at + 1)));
    if (!read.ok)
      throw new CliError(
        exitCodes.usage,
        `--from-file: the file of ${name} ${read.reason}`,
        'name a file that holds the value alone',
      );
    found.push([name, secretOf(read.text)]);
  }
  return found;
}

async function fromStdin({ stdin, signal }: Io): Promise<readonly (readonly [string, string])[]> {
  if (stdin.isTTY === true)
    throw new CliError(
      exitCodes.usage,
      '--from-stdin: standard input is a terminal, which would show what is typed',
      'leave it out to be asked without echo',
    );
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk);
    size += part.length;
    if (signal.aborted) throw new CliError(exitCodes.interrupted, 'interrupted; nothing was written');
    if (size > maxStdinBytes) throw new CliError(exitCodes.usage, `--from-stdin: more than ${maxStdinBytes} bytes`);
    parts.push(part);
  }
  const { values, problems } = readEnvFile(Buffer.concat(parts).toString('utf8'), 'standard input');
  refuse(problems);
  // A key in base64 that somebody sent by itself looks like a name before a "=": what no secret is called is not repeated.
  const stranger = values.find(({ name }) => secretEntry(name) === undefined);
  if (stranger !== undefined)
    throw new CliError(
      exitCodes.usage,
      `--from-stdin: ${stranger.source.split(' ').slice(0, -1).join(' ')} names no secret of chatbox`,
      'write NAME=value, with the names in docs/configuration.md',
    );
  return values.map(({ name, raw }) => [name, raw]);
}

async function ask({ io }: Invocation, names: readonly string[], set: Map<string, Gathered>): Promise<void> {
  const prompt = names.length === 0 ? null : openHiddenPrompt(io);
  if (prompt === null) return;
  try {
    io.stderr.write('What you type is not shown; Enter alone leaves a value out.\n');
    for (const name of names) {
      for (let asked = 1; ; asked += 1) {
        const value = await prompt.ask(name);
        if (value === null) break;
        const problems = judge([{ name, raw: value, source: name }]);
        if (problems.length === 0) {
          set.set(name, { value, origin: 'prompt' });
          break;
        }
        if (asked === maxAsked) refuse(problems);
        io.stderr.write(problems.map((problem) => `${describeProblem(problem)}\n`).join(''));
      }
    }
  } finally {
    prompt.close();
  }
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new CliError(
    exitCodes.config,
    `nothing was written, since the server would refuse:\n${problems.map((problem) => `  ${describeProblem(problem)}`).join('\n')}`,
    `mend ${problems.length === 1 ? 'it' : 'them all'}, then run it again`,
  );
}
