// Station: cli/k8s. Puts a set of files into a folder: all of it or nothing that anybody would take for it. Called by run-render.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { TextFile } from '../../k8s/kustomization.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** How a folder is known as one that was written here. */
export interface FolderRules {
  /** Whether a file of that path may have been written by an earlier run, so that it may be replaced or removed. */
  readonly isOurs: (path: string) => boolean;
  /** Whether files of others may stay beside. */
  readonly force: boolean;
}

/**
 * Writes the files and removes those of an earlier run that are no longer among them: an object that is not wanted any more must not be applied again.
 * Throws CliError (conflict) for a folder that holds files of others, before anything is written.
 */
export async function writeFiles(folder: string, files: readonly TextFile[], rules: FolderRules): Promise<void> {
  const there = await list(folder);
  const foreign = there.filter((path) => !rules.isOurs(path));
  if (foreign.length > 0 && !rules.force) {
    throw new CliError(
      exitCodes.conflict,
      `${folder} holds files that this command did not write: ${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''}`,
      'name another folder, or add --force to write beside them',
    );
  }
  try {
    for (const { path, text } of files) await replace(join(folder, path), text);
    const kept = new Set(files.map(({ path }) => path));
    const stale = there.filter((path) => rules.isOurs(path) && !kept.has(path));
    await Promise.all(stale.map((path) => rm(join(folder, path))));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new CliError(
      exitCodes.failure,
      `cannot write to ${folder} (${code})`,
      'name a folder that may be written',
      cause,
    );
  }
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    const found = await readdir(folder, { withFileTypes: true, recursive: true });
    return found
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    if (code === 'ENOENT') return [];
    const why = code === 'ENOTDIR' ? 'is a file, not a folder' : `cannot be read (${code})`;
    throw new CliError(exitCodes.usage, `${folder} ${why}`, 'name a folder', cause);
  }
}

/** A reader sees the old file or the new one, never half of it. */
async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
