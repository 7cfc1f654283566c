// Station: cli/secrets. Reads a set of secrets that is kept in files: an env file, a folder of files, a Secret manifest. Called by open-source.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { recordOf, utf8Of } from '../../common/untyped.js';
import { readEnvFile } from '../../server/config/env-file.js';
import type { Problem } from '../../server/config/problem.js';
import type { NamedValue } from '../../server/config/read-env.js';
import { diskFiles } from '../../server/config/sources.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** What was read, and what was wrong with the way it is written. Values are as they stand, line breaks included. */
export interface SetReading {
  readonly kind: 'env' | 'files' | 'k8s';
  readonly values: readonly NamedValue[];
  readonly problems: readonly Problem[];
}

/** Lines by which a manifest is told from an env file. */
const manifestLine = /^\s*\{|^\s*(?:kind|apiVersion)\s*:/m;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Reads the set at `path`. @param label what to call it in messages @throws CliError where it cannot be read */
export async function readSet(path: string, label: string): Promise<SetReading> {
  const isFolder = await lstat(path).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
  if (isFolder) {
    const listed = await diskFiles.folder(path);
    if (!listed.ok) throw unreadable(label, listed.reason);
    const values = listed.files.map(({ name, text }) => ({ name, raw: text, source: join(label, name) }));
    return { kind: 'files', values, problems: [] };
  }
  const read = await diskFiles.text(path);
  if (!read.ok) throw unreadable(label, read.reason);
  return parseSet(read.text, label);
}

/** The set in a text: a manifest or an env file. @param label what to call it in messages @throws CliError where it holds none */
export function parseSet(text: string, label: string): SetReading {
  return manifestLine.test(text) ? readManifest(text, label) : readEnv(text, label);
}

function readEnv(text: string, label: string): SetReading {
  const { values, problems } = readEnvFile(text, label);
  const repeated = values.filter(({ name }, at) => values.findIndex((other) => other.name === name) < at);
  return {
    kind: 'env',
    values,
    problems: [
      ...problems,
      ...repeated.map(({ source }) => ({ source, message: 'is given a second time', fix: 'keep one of the two' })),
    ],
  };
}

/** A message of the YAML reader quotes the text, so that only its line is told. */
function readManifest(text: string, label: string): SetReading {
  const documents = [...parseAllDocuments(text)];
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken !== undefined)
    throw unreadable(label, `is not YAML: line ${broken.linePos?.[0].line ?? '?'} cannot be read`);
  const objects = documents.map((document): unknown => document.toJS());
  const secrets = objects.filter(isSecret);
  const [secret, ...others] = secrets;
  if (secret === undefined) throw valueless(objects, label) ?? unreadable(label, 'holds no Secret');
  if (others.length > 0) throw unreadable(label, `holds ${secrets.length} Secrets: it must be one`);
  const values: NamedValue[] = [];
  const problems: Problem[] = [];
  const plain = recordOf(secret.stringData);
  for (const [name, raw] of Object.entries(plain))
    values.push({ name, raw: String(raw), source: `${label} stringData.${name}` });
  for (const [name, raw] of Object.entries(recordOf(secret.data))) {
    if (name in plain) continue;
    const source = `${label} data.${name}`;
    const bytes = typeof raw === 'string' && base64.test(raw) ? Buffer.from(raw, 'base64') : null;
    const decoded = bytes === null ? null : utf8Of(bytes);
    if (decoded !== null) values.push({ name, raw: decoded, source });
    else
      problems.push({
        source,
        message: bytes === null ? 'is not base64' : 'is not UTF-8 text in base64',
        fix: 'encode it once, or put it into stringData as it stands',
      });
  }
  return { kind: 'k8s', values, problems };
}

interface LooseSecret {
  readonly kind: 'Secret';
  readonly data?: unknown;
  readonly stringData?: unknown;
}

const isSecret = (value: unknown): value is LooseSecret =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Secret';

/** Objects that a Secret is made of in the cluster: what will be in it cannot be seen in them. */
function valueless(objects: readonly unknown[], label: string): CliError | null {
  const maker = objects
    .map((object) => recordOf(object))
    .find(({ kind }) => /^(Sealed|External)Secret$/.test(String(kind)));
  if (maker === undefined) return null;
  const { name } = recordOf(maker.metadata);
  return new CliError(
    exitCodes.config,
    `${label} holds a ${String(maker.kind)}, whose values cannot be read here`,
    `check the Secret that it makes: \`chatbox secrets check secret/${typeof name === 'string' ? name.slice(0, 253) : 'NAME'}\``,
  );
}

function unreadable(label: string, reason: string): CliError {
  return new CliError(
    exitCodes.config,
    `${label} ${reason}`,
    'name an env file, a folder with one file for each secret, or a Secret manifest',
  );
}
