// Station: cli/init. Runs `chatbox init`: writes the files that a deployment begins with, all of them or none.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Invocation } from '../command.js';
import { systemCode } from '../data-dir.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { shapeOf, table } from '../output/table.js';
import { type InitFile, initFiles } from './init-files.js';

/** What becomes of a file. */
interface Step extends InitFile {
  readonly state: 'write' | 'replace' | 'keep';
}

const done = { write: 'written', replace: 'replaced', keep: 'unchanged' } as const;
const planned = { write: 'would be written', replace: 'would be replaced', keep: 'unchanged' } as const;

/** Writes the files; refuses where one is there with other content, unless --force. With --dry-run it only says what it would do. */
export async function runInit(invocation: Invocation): Promise<number> {
  const { io, args, options, output } = invocation;
  const folder = resolve(io.cwd, args[0] ?? '.');
  const steps = await plan(folder, options.force === true);
  const isDry = options.dryRun === true;
  if (!isDry) for (const step of steps) if (step.state !== 'keep') await write(folder, step);
  const words = isDry ? planned : done;
  const files = steps.map(({ path, state, what }) => ({ path, state: words[state], what }));
  await output.result({ folder, dry_run: isDry, files }, () =>
    table(
      ['FILE', 'STATE', 'WHAT IT IS'],
      files.map(({ path, state, what }) => [path, state, what]),
      shapeOf(io.stdout),
    ),
  );
  if (!isDry)
    output.talk('Next: copy .env.example to .env, fill it in, and look with `chatbox config check --env-file .env`.');
  return exitCodes.ok;
}

async function plan(folder: string, isForced: boolean): Promise<readonly Step[]> {
  const steps = await Promise.all(
    (await initFiles()).map(async (file): Promise<Step> => {
      const there = await existing(join(folder, file.path));
      return { ...file, state: there === null ? 'write' : there === file.text ? 'keep' : 'replace' };
    }),
  );
  const inTheWay = steps.filter(({ state }) => state === 'replace').map(({ path }) => path);
  if (inTheWay.length > 0 && !isForced) {
    throw new CliError(
      exitCodes.conflict,
      `${inTheWay.join(', ')} in ${folder} ${inTheWay.length === 1 ? 'is' : 'are'} there already, with other content; nothing was written`,
      'move what you want to keep, or replace it: chatbox init --force',
    );
  }
  return steps;
}

/** The text of a file; null where there is none. Something else of that name is in the way too, whatever is forced. */
async function existing(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') return null;
    const why =
      code === 'EISDIR' ? 'is a folder' : code === 'ENOTDIR' ? 'lies below a file' : `cannot be read (${code})`;
    throw new CliError(
      exitCodes.conflict,
      `${path} ${why}; nothing was written`,
      'move it, or choose another folder',
      cause,
    );
  }
}

/** Whole or not at all: who reads meanwhile sees the old file or the new one. */
async function write(folder: string, { path, text }: InitFile): Promise<void> {
  const target = join(folder, path);
  const draft = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, target);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new CliError(
      exitCodes.failure,
      `cannot write ${target} (${systemCode(cause) ?? 'unknown error'})`,
      'check that the folder is yours and has room, then run it again',
      cause,
    );
  }
}
