// Station: cli/secrets. Changes one value in a set that is kept in files, and leaves all else in it as it stands. Called by run-rotate and run-rotate-jwt.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { writePrivate } from '../data-dir.js';
import { asEnvFile } from './formats.js';
import type { SetReading } from './read-set.js';

/**
 * Puts `value` (null: nothing) in the place of the secret `name`, or behind the others where there is none. The file is replaced whole: who is killed meanwhile leaves the old one or the new one.
 * @param path of the set that `readSet` read as `kind` @throws CliError
 */
export async function rewrite(
  path: string,
  kind: SetReading['kind'],
  name: string,
  value: string | null,
): Promise<void> {
  switch (kind) {
    case 'files':
      return value === null ? await rm(join(path, name), { force: true }) : await writePrivate(join(path, name), value);
    case 'env':
      return await writePrivate(path, inEnvFile(await readFile(path, 'utf8'), name, value));
    case 'k8s':
      return await writePrivate(path, inManifest(await readFile(path, 'utf8'), name, value));
    default:
      return kind satisfies never;
  }
}

function inEnvFile(text: string, name: string, value: string | null): string {
  const isIts = (line: string) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(line);
  const made = value === null ? [] : [asEnvFile(new Map([[name, value]])).trimEnd()];
  const lines = text.split('\n');
  if (lines.some(isIts)) return lines.flatMap((line) => (isIts(line) ? made : [line])).join('\n');
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  return made.length === 0 ? text : `${text}${end}${made.join('')}\n`;
}

function inManifest(text: string, name: string, value: string | null): string {
  const documents = [...parseAllDocuments(text)];
  const secret = documents.find((document) => document.get('kind') === 'Secret');
  const isPlain = secret?.hasIn(['stringData', name]) === true;
  const place = [isPlain ? 'stringData' : 'data', name];
  if (value === null) secret?.deleteIn(place);
  else secret?.setIn(place, isPlain ? value : Buffer.from(value).toString('base64'));
  const shape = { lineWidth: 0 };
  return documents.map((document) => `---\n${document.toString(shape).replace(/^---\n/, '')}`).join('');
}
