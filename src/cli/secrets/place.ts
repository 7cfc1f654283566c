// Station: cli/secrets. Where secrets are written: for their owner alone, whole or not at all, and not where they would be committed or overwrite others. Called by run-create.
import { randomBytes } from 'node:crypto';
import { lstat, mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createPrivate, systemCode, writePrivate } from '../data-dir.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { type SecretSet, secretEntry } from './wanted.js';

/**
 * Throws CliError (conflict) where something is at `path`, or `path` lies in a git work tree; with `isForced` neither is in the way, and the work tree is not
 * for what gives no secret away (`isForGit`).
 */
export async function refuseUnsafe(
  path: string,
  { isForced, isForGit }: { readonly isForced: boolean; readonly isForGit: boolean },
): Promise<void> {
  if (isForced) return;
  const tree = isForGit ? null : await workTreeOf(path);
  if (tree !== null)
    throw new CliError(
      exitCodes.conflict,
      `${path} lies in the git work tree ${tree}: secrets there get committed one day; nothing was written`,
      'choose an --output outside of it, or add --force',
    );
  if ((await exists(path)) && !(await isEmptyFolder(path))) throw taken(path);
}

/** Writes one file (0600). @throws CliError */
export async function placeFile(path: string, text: string, isForced: boolean): Promise<void> {
  if (isForced) await writePrivate(path, text);
  else if (!(await createPrivate(path, text))) throw taken(path);
}

/** Writes a folder (0700) with one file (0600) for each secret. Another folder of that kind is replaced as a whole, where that is forced. @throws CliError */
export async function placeFolder(path: string, set: SecretSet, isForced: boolean): Promise<void> {
  const old = `${path}.${randomBytes(6).toString('hex')}.old`;
  if (isForced) await refuseStrangers(path);
  let draft: string | null = null;
  try {
    draft = await mkdtemp(`${path}.tmp-`);
    for (const [name, value] of set) await writePrivate(join(draft, name), value);
    const isReplaced = isForced && (await exists(path));
    if (isReplaced) await rename(path, old);
    await rename(draft, path);
    draft = null;
    if (isReplaced) await rm(old, { recursive: true });
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const code = systemCode(cause) ?? 'unknown error';
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code)) throw taken(path);
    throw new CliError(
      exitCodes.failure,
      `cannot write ${path} (${code})`,
      'choose a folder that you may write to',
      cause,
    );
  } finally {
    if (draft !== null) await rm(draft, { recursive: true, force: true });
  }
}

/** Files that hold no secret of ours are never removed, whatever is forced. */
async function refuseStrangers(path: string): Promise<void> {
  if (!(await exists(path))) return;
  let names: readonly string[];
  try {
    names = await readdir(path);
  } catch (cause) {
    throw new CliError(exitCodes.conflict, `${path} is no folder that can be replaced`, 'move it first', cause);
  }
  const stranger = names.find((name) => secretEntry(name) === undefined);
  if (stranger !== undefined)
    throw new CliError(
      exitCodes.conflict,
      `${path} holds ${JSON.stringify(stranger.slice(0, 64))}, which is no secret of chatbox; nothing was written`,
      'choose another --output, or move that file first',
    );
}

function taken(path: string): CliError {
  return new CliError(
    exitCodes.conflict,
    `${path} is there already; nothing was written`,
    'choose another --output; to replace it, and lose the keys in it, add --force',
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return false;
    throw new CliError(
      exitCodes.failure,
      `cannot look at ${path} (${systemCode(cause) ?? 'unknown error'})`,
      'choose a place that is yours',
      cause,
    );
  }
}

async function isEmptyFolder(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch {
    // No folder, or none that may be read: then it is in the way.
    return false;
  }
}

/** The git work tree that a path lies in, links followed; null where it lies in none. A work tree of `git worktree` has a file `.git`. */
async function workTreeOf(path: string): Promise<string | null> {
  let folder = dirname(path);
  try {
    folder = await realpath(folder);
  } catch {
    // The folder is not there: writing will say so, and its parents are looked at as they are named.
  }
  for (;;) {
    if (await exists(join(folder, '.git'))) return folder;
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
}
