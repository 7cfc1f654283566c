// Station: config. The files that a configuration is read from. Called by load; tests hand in their own.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a file held, or why it could not be read. */
export type FileText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** The files of a folder. */
export type FolderFiles =
  | { readonly ok: true; readonly files: readonly { readonly name: string; readonly text: string }[] }
  | { readonly ok: false; readonly reason: string };

/** Reading, as the loader needs it. Neither method rejects for what is wrong with a file. */
export interface ConfigFiles {
  /** A whole text file of at most 1 MiB. */
  text(path: string): Promise<FileText>;
  /** The plain files of a folder whose names look like environment names, at most 1,000 of at most 64 KiB. */
  folder(path: string): Promise<FolderFiles>;
}

const maxTextBytes = 1_048_576;
const maxSecretBytes = 65_536;
const maxSecrets = 1_000;

/** Why a file could not be read, for people. */
function because(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  if (code === 'ENOENT') return 'is not there';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'EISDIR') return 'is a folder, not a file';
  if (code === 'ENOTDIR') return 'is a file, not a folder';
  return `cannot be read (${code})`;
}

async function readText(path: string, maxBytes: number): Promise<FileText> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) return { ok: false, reason: `is larger than ${maxBytes} bytes` };
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)) };
  } catch (cause) {
    return { ok: false, reason: cause instanceof TypeError ? 'is not UTF-8 text' : because(cause) };
  }
}

/** The file system. */
export const diskFiles: ConfigFiles = {
  text: (path) => readText(path, maxTextBytes),
  async folder(path) {
    try {
      const names = (await readdir(path)).filter((name) => /^[A-Z][A-Z0-9_]*$/.test(name)).sort();
      if (names.length > maxSecrets) return { ok: false, reason: `holds more than ${maxSecrets} files` };
      const files: { name: string; text: string }[] = [];
      for (const name of names) {
        const read = await readText(join(path, name), maxSecretBytes);
        if (!read.ok) return { ok: false, reason: `${name} ${read.reason}` };
        files.push({ name, text: read.text });
      }
      return { ok: true, files };
    } catch (cause) {
      return { ok: false, reason: because(cause) };
    }
  },
};
