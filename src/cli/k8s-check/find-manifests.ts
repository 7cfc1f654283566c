// Station: cli/k8s-check. Files, folders and standard input become manifests. Called by run-check.
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, resolve } from 'node:path';
import type { ManifestProblem } from '../../k8s/rules/read-manifests.js';
import { readManifests } from '../../k8s/rules/read-manifests.js';
import type { KubeObject } from '../../k8s/rules/rule.js';
import type { Io } from '../command.js';
import { systemCode } from '../data-dir.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** Largest file, and largest standard input. */
const maxBytes = 32 * 1_048_576;
const maxFiles = 10_000;
const deepest = 20;

/** Everything that was given. */
export interface Found {
  readonly objects: readonly KubeObject[];
  /** `values.yaml:1`: documents in folders that are no Kubernetes objects. */
  readonly skipped: readonly string[];
  /** `templates/service.yaml:3`: Helm templates in folders. */
  readonly templates: readonly string[];
}

/** Reads what `targets` name; `-` is standard input. Throws CliError that names file and line for what is no manifest. */
export async function findManifests(io: Io, targets: readonly string[]): Promise<Found> {
  const objects: KubeObject[] = [];
  const skipped: string[] = [];
  const templates: string[] = [];
  const problems: ManifestProblem[] = [];
  for (const { name, text, isListed } of await textsOf(io, targets)) {
    const read = readManifests(text, name);
    objects.push(...read.objects);
    // Of a folder only some files are manifests; of one that somebody named, all of it is.
    if (isListed) {
      skipped.push(...read.others.map((line) => `${name}:${line}`));
      templates.push(...read.problems.filter(isTemplate).map(placeOf));
    } else problems.push(...read.others.map((line) => noObject(name, line)));
    problems.push(...read.problems.filter((problem) => !isListed || !isTemplate(problem)));
  }
  if (problems.length > 0) throw refusal(problems);
  if (objects.length === 0) {
    throw new CliError(
      exitCodes.config,
      `no Kubernetes object in ${targets.join(', ')}`,
      templates.length === 0 ? 'name manifests, or the folder in which they lie' : renderChart,
    );
  }
  return { objects, skipped, templates };
}

/** What to do with Helm templates, which only Helm can read. */
export const renderChart = 'check a chart as it is applied: helm template … | chatbox k8s check -';

const placeOf = ({ file, line }: ManifestProblem): string => `${file}:${line}`;

const isTemplate = ({ message }: ManifestProblem): boolean => message.includes('Helm template');

const noObject = (file: string, line: number): ManifestProblem => ({
  file,
  line,
  message: 'is no Kubernetes object: it has no apiVersion or no kind',
  fix: null,
});

function refusal(problems: readonly ManifestProblem[]): CliError {
  const lines = problems.map((problem) => `${placeOf(problem)}: ${problem.message}`);
  const fix = problems.find((problem) => problem.fix !== null)?.fix;
  const [first = ''] = lines;
  const message =
    lines.length === 1 ? first : `${lines.length} files cannot be read as manifests:\n  ${lines.join('\n  ')}`;
  return new CliError(exitCodes.config, message, fix ?? 'mend it there, then check again');
}

interface Text {
  readonly name: string;
  readonly text: string;
  /** Whether it was found in a folder, and not named itself. */
  readonly isListed: boolean;
}

async function textsOf(io: Io, targets: readonly string[]): Promise<readonly Text[]> {
  const texts: Text[] = [];
  for (const target of targets) {
    if (target === '-') texts.push({ name: 'stdin', text: await readStdin(io), isListed: false });
    else {
      const path = resolve(io.cwd, target);
      const found = await stat(path).catch((cause: unknown) => {
        throw unreadable(target, cause);
      });
      const files = found.isDirectory() ? await listFolder(path, target) : [path];
      for (const file of files) {
        const name = found.isDirectory() ? join(target, relative(path, file)) : target;
        texts.push({ name, text: await readText(file, name), isListed: found.isDirectory() });
      }
    }
  }
  return texts;
}

async function listFolder(folder: string, name: string): Promise<readonly string[]> {
  const files: string[] = [];
  const walk = async (here: string, depth: number): Promise<void> => {
    const entries = await readdir(here, { withFileTypes: true }).catch((cause: unknown) => {
      throw unreadable(name, cause);
    });
    for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name, 'en'))) {
      const path = join(here, entry.name);
      const isHidden = entry.name.startsWith('.') || entry.name === 'node_modules';
      if (entry.isDirectory() && !isHidden && depth < deepest) await walk(path, depth + 1);
      else if (entry.isFile() && ['.yaml', '.yml', '.json'].includes(extname(entry.name))) files.push(path);
      if (files.length > maxFiles)
        throw new CliError(exitCodes.usage, `${name} holds more than ${maxFiles} files`, 'name a folder below');
    }
  };
  await walk(folder, 0);
  return files;
}

async function readText(path: string, name: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes)
      throw new CliError(exitCodes.usage, `${name} is larger than ${maxBytes} bytes`, 'check it in parts');
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    if (cause instanceof TypeError)
      throw new CliError(exitCodes.config, `${name} is not UTF-8 text`, 'save it as UTF-8', cause);
    throw unreadable(name, cause);
  }
}

async function readStdin(io: Io): Promise<string> {
  if (io.stdin.isTTY === true) {
    throw new CliError(
      exitCodes.usage,
      'standard input is a terminal',
      'name files, or pipe manifests in: chatbox k8s check -',
    );
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of io.stdin) {
    const bytes = Buffer.from(part as Buffer | string);
    size += bytes.length;
    if (size > maxBytes)
      throw new CliError(exitCodes.usage, `standard input is larger than ${maxBytes} bytes`, 'check it in parts');
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

function unreadable(name: string, cause: unknown): CliError {
  const code = systemCode(cause) ?? 'unknown error';
  return code === 'ENOENT'
    ? new CliError(
        exitCodes.notFound,
        `${name} is not there`,
        'name files or folders with manifests, or - for standard input',
        cause,
      )
    : new CliError(exitCodes.failure, `cannot read ${name} (${code})`, 'check that you may read it', cause);
}
