// Station: cli/store. Runs `chatbox store backup` and `chatbox store restore`.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Invocation } from '../command.js';
import { loadOrFail } from '../config-options.js';
import { makePrivateDir } from '../data-dir.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { explainStore } from './store-failure.js';

/** Copies the store to a file; servers may be at work. */
export async function backup(invocation: Invocation): Promise<number> {
  const copier = await copierFor(invocation);
  const target = pathArgument(invocation);
  if (!(await isThere(copier.file))) {
    throw new CliError(exitCodes.notFound, `there is no store at ${copier.file}`, 'name its folder with --data-dir');
  }
  await demandRoom(target, invocation);
  const receipt = await explained(copier.backup(target, isOverwriting(invocation)));
  await invocation.output.result({ file: target, ...receipt }, () => describe(`backed up to ${target}`, receipt));
  return exitCodes.ok;
}

/** Puts a backup in the place of the store. */
export async function restore(invocation: Invocation): Promise<number> {
  const copier = await copierFor(invocation);
  const source = pathArgument(invocation);
  if (!(await isThere(source))) throw new CliError(exitCodes.notFound, `${source} is not there`);
  await demandRoom(copier.file, invocation);
  await makePrivateDir(copier.folder);
  const receipt = await explained(copier.restore(source, isOverwriting(invocation)));
  await invocation.output.result({ file: copier.file, ...receipt }, () =>
    describe(`restored to ${copier.file}`, receipt),
  );
  return exitCodes.ok;
}

async function copierFor(invocation: Invocation) {
  // As --dev sees it: copying needs a folder, not a key or a model.
  const { config } = await loadOrFail(invocation, 'dev');
  const { storeCopier } = await import('../../server/adapters.js');
  try {
    return await storeCopier(config);
  } catch (cause) {
    if (!(cause instanceof Error && 'fix' in cause && typeof cause.fix === 'string')) throw cause;
    throw new CliError(exitCodes.config, cause.message, cause.fix, cause);
  }
}

function pathArgument({ io, args }: Invocation): string {
  return resolve(io.cwd, args[0] ?? '');
}

function isOverwriting({ options }: Invocation): boolean {
  return options.overwrite === true;
}

async function demandRoom(path: string, invocation: Invocation): Promise<void> {
  if (isOverwriting(invocation) || !(await isThere(path))) return;
  throw new CliError(exitCodes.conflict, `${path} is there already`, 'choose another file, or say --overwrite');
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw explainStore(cause) ?? cause;
  }
}

function describe(
  what: string,
  { bytes, sessions, entries }: { bytes: number; sessions: number; entries: number },
): string {
  return `${what}: ${sessions} sessions, ${entries} entries, ${bytes} bytes`;
}
