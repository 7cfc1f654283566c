// Station: cli/secrets. The options of `chatbox secrets create`, each held against the others before anything is asked or written. Called by run-create.
import { resolve } from 'node:path';
import { type Invocation, optionList, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { type Format, formats, type SecretName } from './formats.js';
import { namespaceName, objectName } from './names.js';

/** What is to be made. */
export interface Asked {
  readonly format: Format;
  /** Whether it goes to a cluster. */
  readonly isApplied: boolean;
  /** null where nothing is written to a file. */
  readonly path: string | null;
  readonly secret: SecretName;
  readonly isForced: boolean;
  readonly isDry: boolean;
  readonly isShown: boolean;
}

/** Options that only one way of writing knows. */
const onlyFor: readonly (readonly [option: string, way: Format | 'apply'])[] = [
  ['context', 'apply'],
  ['kubeconfig', 'apply'],
  ['cert', 'sealed'],
  ['scope', 'sealed'],
  ['store', 'external'],
  ['storeKind', 'external'],
  ['remoteKey', 'external'],
  ['recipient', 'age'],
  ['recipientsFile', 'age'],
];

/** Where values would come from that an ExternalSecret has no place for. */
const givers = ['fromFile', 'fromEnv', 'fromStdin', 'show'];

const flagOf = (option: string): string => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Reads them. @throws CliError (usage) */
export function readAsked(invocation: Invocation): Asked {
  const { io, options, global } = invocation;
  const format = formats.find((each) => each === optionText(invocation, 'format')) ?? 'k8s';
  const isApplied = options.apply === true;
  const path = optionText(invocation, 'output');
  refuseStrays(invocation, isApplied ? 'apply' : format);
  if (isApplied && (format !== 'k8s' || path !== undefined))
    throw new CliError(
      exitCodes.usage,
      `--apply: makes a Secret in a cluster, so it takes no ${path === undefined ? '--format' : '--output'}`,
      'run it once for each',
    );
  const isShown = options.show === true;
  if (isShown && (io.stdout.isTTY !== true || global.json))
    throw new CliError(exitCodes.usage, '--show: prints values to a terminal only', 'write them to a file: --output');
  if (path === undefined && !isApplied && !isShown && options.dryRun !== true)
    throw new CliError(
      exitCodes.usage,
      '--output is missing: there is nowhere to write to',
      'name a file: --output secrets.yaml; for a cluster there is --apply',
    );
  const namespace = optionText(invocation, 'namespace');
  return {
    format,
    isApplied,
    path: path === undefined ? null : resolve(io.cwd, path),
    secret: {
      name: objectName('--name', optionText(invocation, 'name') ?? ''),
      namespace: namespace === undefined ? null : namespaceName('--namespace', namespace),
    },
    isForced: options.force === true,
    isDry: options.dryRun === true,
    isShown,
  };
}

function refuseStrays(invocation: Invocation, way: Format | 'apply'): void {
  const isGiven = (option: string) =>
    optionText(invocation, option) !== undefined || optionList(invocation, option).length > 0;
  for (const [option, its] of onlyFor)
    if (its !== way && isGiven(option))
      throw new CliError(
        exitCodes.usage,
        `${flagOf(option)}: is of no use here`,
        `it belongs to ${its === 'apply' ? '--apply' : `--format ${its}`}`,
      );
  const giver = givers.find((option) => isGiven(option) || invocation.options[option] === true);
  if (way === 'external' && giver !== undefined)
    throw new CliError(
      exitCodes.usage,
      `${flagOf(giver)}: an ExternalSecret holds no values, only where they are kept`,
      'put the values into the store that it names',
    );
}
