// Station: cli. How every command that needs the configuration finds it: the options, and the loading. Called by serve, config, token, store.

import type { Notice, Problem } from '../server/config/problem.js';
import type { NamedValue } from '../server/config/read-env.js';
import type { Settings } from '../server/config/resolve.js';
import type { Config, Mode } from '../server/config/schema.js';
import { type CommandOption, type Invocation, optionText } from './command.js';
import { CliError, exitCodes } from './exit-codes.js';

/** Where the configuration is. */
export const sourceOptions: readonly CommandOption[] = [
  { flags: '--config <file>', summary: 'config file, YAML or JSON (CHATBOX_CONFIG)' },
  { flags: '--env-file <file>', summary: 'file with NAME=value lines; the environment itself wins' },
  { flags: '--secrets-dir <dir>', summary: 'folder with one file for each secret (CREDENTIALS_DIRECTORY)' },
];

/** Settings that are flags too; a test holds this list against the schema. */
export const settingOptions: readonly CommandOption[] = [
  { flags: '--host <address>', summary: 'address to listen on (SERVER_HOST)' },
  { flags: '--port <port>', summary: 'port to listen on, 0 for any (SERVER_PORT)' },
  { flags: '--path-prefix <path>', summary: 'path before every route (CHATBOX_PATH_PREFIX)' },
  { flags: '--ops-port <port>', summary: 'port for Prometheus and probes, or off (OPS_PORT)' },
  { flags: '--data-dir <dir>', summary: 'folder of the SQLite file (DATA_DIR)' },
  { flags: '--log-level <level>', summary: 'least severe level that is logged (LOG_LEVEL)' },
];

/** A configuration that may be started. */
export interface Loaded {
  readonly config: Config;
  readonly settings: Settings;
  readonly notices: readonly Notice[];
}

/** What was found wrong, or the configuration. */
export type Load =
  | ({ readonly ok: true } & Loaded)
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      readonly notices: readonly Notice[];
      /** Nothing was given but secrets, and all of them are good: the problems say what else a start needs. */
      readonly hasOnlySecrets: boolean;
    };

/**
 * Loads the configuration as the options of a command say.
 * @param secrets a set that was read already, in place of a folder of secrets
 */
export async function loadFor(invocation: Invocation, mode: Mode, secrets?: readonly NamedValue[]): Promise<Load> {
  const [{ loadConfig }, { diskFiles }] = await Promise.all([
    import('../server/config/load.js'),
    import('../server/config/sources.js'),
  ]);
  const { env, cwd } = invocation.io;
  const configFile = optionText(invocation, 'config');
  const envFile = optionText(invocation, 'envFile');
  const secretsDir = optionText(invocation, 'secretsDir');
  const request = {
    mode,
    cwd,
    env,
    flags: givenFlags(invocation),
    ...(configFile === undefined ? {} : { configFile }),
    ...(envFile === undefined ? {} : { envFile }),
    ...(secretsDir === undefined ? {} : { secretsDir }),
    ...(secrets === undefined ? {} : { secrets }),
  };
  return await loadConfig(request, diskFiles);
}

/** Loads it, or throws CliError (config) with every problem in it. */
export async function loadOrFail(invocation: Invocation, mode: Mode): Promise<Loaded> {
  const load = await loadFor(invocation, mode);
  if (load.ok) return load;
  const { describeProblem } = await import('../server/config/problem.js');
  const count = load.problems.length === 1 ? 'a problem' : `${load.problems.length} problems`;
  throw new CliError(
    exitCodes.config,
    `the configuration has ${count}:\n${load.problems.map((problem) => `  ${describeProblem(problem)}`).join('\n')}`,
    `mend ${load.problems.length === 1 ? 'it' : 'them all'}, then look with \`chatbox config check\``,
  );
}

/** `--path-prefix` is `pathPrefix` among the parsed options. */
function givenFlags(invocation: Invocation): Readonly<Record<string, string>> {
  const names = settingOptions.map(({ flags }) => flags.slice(2).split(' ')[0] ?? '');
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = optionText(
        invocation,
        name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      );
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
