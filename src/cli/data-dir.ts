// Station: cli. The small files beside the store that let a client find the server and its token. Called by serve (writes), token and target (read).
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError, exitCodes } from './exit-codes.js';

/** Files in DATA_DIR, each one line. */
export const dataDirFiles = {
  serverUrl: 'server.url',
  userToken: 'user.token',
  adminToken: 'admin.token',
  jwtSecret: 'jwt.secret',
} as const;

/** Largest file of this kind: a token has at most 8,192 characters, and a line break. */
const maxBytes = 8_194;

/** Code of a failed system call: `ENOENT`; undefined for anything else that was thrown. */
export function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** Makes `dir` and its parents, for their owner alone; a folder that was there keeps its mode. Throws CliError. */
export async function makePrivateDir(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CliError(
      exitCodes.failure,
      `cannot make the data folder ${dir} (${systemCode(cause) ?? 'unknown error'})`,
      'choose a folder that you may write to with --data-dir',
      cause,
    );
  }
}

/** The one line of a small file, without the line break; null where there is no such file. Throws CliError. */
export async function readLine(path: string): Promise<string | null> {
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0);
      if (bytesRead > maxBytes)
        throw new CliError(exitCodes.usage, `${path} is too long to hold one line of this kind`);
      return buffer.toString('utf8', 0, bytesRead).trim();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    if (systemCode(cause) === 'ENOENT') return null;
    throw new CliError(
      exitCodes.failure,
      `cannot read ${path} (${systemCode(cause) ?? 'unknown error'})`,
      'check that the file is yours and may be read',
      cause,
    );
  }
}

/** Writes one line as `writePrivate` does. */
export async function writeLine(path: string, line: string): Promise<void> {
  await writePrivate(path, `${line}\n`);
}

/** Writes a file for its owner alone (0600), whole or not at all: a reader never sees half a token. Throws CliError. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await withDraft(path, text, (draft) => rename(draft, path));
}

/** Like writePrivate, but leaves a file that is there as it is. Resolves to whether it wrote: of two that try at once, one does. */
export async function createPrivate(path: string, text: string): Promise<boolean> {
  let isNew = true;
  await withDraft(path, text, async (draft) => {
    try {
      await link(draft, path);
    } catch (cause) {
      if (systemCode(cause) !== 'EEXIST') throw cause;
      isNew = false;
    }
  });
  return isNew;
}

async function withDraft(path: string, text: string, publish: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await publish(draft);
  } catch (cause) {
    throw new CliError(
      exitCodes.failure,
      `cannot write ${path} (${systemCode(cause) ?? 'unknown error'})`,
      'check that the folder exists, is yours and has room',
      cause,
    );
  } finally {
    await rm(draft, { force: true });
  }
}

/** The path of one of dataDirFiles. */
export function inDataDir(dataDir: string, file: keyof typeof dataDirFiles): string {
  return join(dataDir, dataDirFiles[file]);
}
