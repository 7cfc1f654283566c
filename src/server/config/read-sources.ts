// Station: config. Opens every source that there is and reads each by its own rules. Called by load.
import { basename, join, resolve } from 'node:path';
import { readEnvFile } from './env-file.js';
import type { Mode } from './field.js';
import { layers, type Reading } from './given.js';
import type { Problem } from './problem.js';
import { type NamedValue, readFlags, readNamed } from './read-env.js';
import type { ConfigFiles } from './sources.js';

/** Where to look for the configuration. */
export interface ConfigRequest {
  readonly mode: Mode;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Flags by name, without dashes. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly configFile?: string;
  readonly envFile?: string;
  readonly secretsDir?: string;
  /** Files of such a folder that were read already, in place of it. */
  readonly secrets?: readonly NamedValue[];
}

/** Reads all sources, strongest first. A source that cannot be read is a problem. */
export async function readSources(
  request: ConfigRequest,
  files: ConfigFiles,
  problems: Problem[],
): Promise<readonly Reading[]> {
  const { env, cwd } = request;
  const readings = [readFlags(request.flags ?? {}), readNamed('env', environment(env))];
  if (request.envFile !== undefined) {
    const label = basename(request.envFile);
    const content = await files.text(resolve(cwd, request.envFile));
    if (!content.ok) problems.push({ source: `--env-file ${request.envFile}`, message: content.reason, fix: null });
    else {
      const read = readEnvFile(content.text, label);
      problems.push(...read.problems);
      readings.push(readNamed('env-file', read.values));
    }
  }
  const secretsDir = request.secretsDir ?? (env.CREDENTIALS_DIRECTORY || undefined);
  if (request.secrets !== undefined) {
    const values = request.secrets.map((value) => ({ ...value, raw: secretOf(value.raw) }));
    readings.push(readNamed('credentials', values));
  } else if (secretsDir !== undefined) {
    const listed = await files.folder(resolve(cwd, secretsDir));
    if (!listed.ok) problems.push({ source: `secrets folder ${secretsDir}`, message: listed.reason, fix: null });
    else
      readings.push(
        readNamed(
          'credentials',
          listed.files.map((file) => secretFile(secretsDir, file)),
        ),
      );
  }
  const configFile = request.configFile ?? (env.CHATBOX_CONFIG || undefined);
  if (configFile !== undefined) {
    const content = await files.text(resolve(cwd, configFile));
    if (!content.ok) problems.push({ source: configFile, message: content.reason, fix: null });
    else {
      const { readConfigFile } = await import('./read-file.js');
      readings.push(readConfigFile(content.text, basename(configFile)));
    }
  }
  return readings.sort((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer));
}

function environment(env: ConfigRequest['env']): readonly NamedValue[] {
  return Object.entries(env).flatMap(([name, raw]) =>
    raw === undefined ? [] : [{ name, raw, source: `env ${name}` }],
  );
}

/** The value in a file that holds one secret: editors and `echo` end it with a line break, which is not part of it. */
export const secretOf = (text: string): string => text.replace(/\r?\n$/, '');

function secretFile(dir: string, file: { readonly name: string; readonly text: string }): NamedValue {
  return { name: file.name, raw: secretOf(file.text), source: join(dir, file.name) };
}
