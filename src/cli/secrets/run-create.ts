// Station: cli/secrets. Runs `chatbox secrets create`.
import { resolve } from 'node:path';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { shapeOf, table } from '../output/table.js';
import { configReadings } from './config-readings.js';
import { fingerprint } from './fingerprint.js';
import { asEnvFile, asManifest, type Format, formats, type SecretName } from './formats.js';
import { type Gathered, gather } from './gather.js';
import { placeFile, placeFolder, refuseUnsafe } from './place.js';
import { type SecretSet, stillWanted, wantedBy } from './wanted.js';

const dnsName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

interface Asked {
  readonly format: Format;
  /** null where nothing is written to a file. */
  readonly path: string | null;
  readonly secret: SecretName;
  readonly isForced: boolean;
  readonly isDry: boolean;
  readonly isShown: boolean;
}

/** Makes a set of secrets and writes it. Prints names, origins and fingerprints; what is left out is named on stderr. */
export async function createSecrets(invocation: Invocation): Promise<number> {
  const { io, output } = invocation;
  const asked = readAsked(invocation);
  // First, so that nobody types a password that then goes nowhere.
  if (asked.path !== null) await refuseUnsafe(asked.path, asked.isForced);
  const wanted = wantedBy(await configReadings(invocation));
  const gathered = await gather(invocation, wanted);
  if (io.signal.aborted) throw new CliError(exitCodes.interrupted, 'interrupted; nothing was written');
  const set: SecretSet = new Map([...gathered].map(([name, { value }]) => [name, value]));
  if (asked.path !== null && !asked.isDry) await write(asked.path, set, asked);

  const rows = [...gathered].map(([name, each]) => rowOf(name, each, asked.isDry));
  const leftOut = stillWanted(wanted, (name) => set.has(name));
  const data = { output: asked.path, format: asked.format, dry_run: asked.isDry, secrets: rows, left_out: leftOut };
  await output.result(data, () =>
    table(
      ['SECRET', 'ORIGIN', 'FINGERPRINT'],
      rows.map(({ name, origin, fingerprint: print }) => [name, origin, print ?? '-']),
      shapeOf(io.stdout),
    ),
  );
  if (asked.isShown) await output.data(`\n${asEnvFile(set)}`);
  for (const name of leftOut) {
    const why = wanted.demanded.includes(name) ? 'the server does not start without it' : 'read where it is there';
    output.warn(`${name} is left out (${why}): give it with --from-file ${name}=path, --from-env or --from-stdin`);
  }
  if (asked.path !== null) output.talk(`${asked.isDry ? 'would be written to' : 'written to'} ${asked.path}`);
  return exitCodes.ok;
}

function rowOf(name: string, { origin, value }: Gathered, isDry: boolean) {
  // What is generated in a dry run is thrown away: its fingerprint would name nothing.
  return { name, origin, fingerprint: isDry && origin === 'generated' ? null : fingerprint(name, value) };
}

async function write(path: string, set: SecretSet, { format, secret, isForced }: Asked): Promise<void> {
  switch (format) {
    case 'k8s':
      return await placeFile(path, asManifest(set, secret), isForced);
    case 'env':
      return await placeFile(path, asEnvFile(set), isForced);
    case 'files':
      return await placeFolder(path, set, isForced);
    default:
      return format satisfies never;
  }
}

function readAsked(invocation: Invocation): Asked {
  const { io, options, global } = invocation;
  const format = formats.find((each) => each === optionText(invocation, 'format')) ?? 'k8s';
  const path = optionText(invocation, 'output');
  const isShown = options.show === true;
  if (isShown && (io.stdout.isTTY !== true || global.json))
    throw new CliError(exitCodes.usage, '--show: prints values to a terminal only', 'write them to a file: --output');
  if (path === undefined && !isShown && options.dryRun !== true)
    throw new CliError(
      exitCodes.usage,
      '--output is missing: there is nowhere to write to',
      'name a file: --output secrets.yaml',
    );
  const name = optionText(invocation, 'name') ?? '';
  const namespace = optionText(invocation, 'namespace') ?? null;
  for (const [option, value] of [
    ['--name', name],
    ['--namespace', namespace],
  ] as const)
    if (value !== null && !dnsName.test(value))
      throw new CliError(exitCodes.usage, `${option}: must be 1 to 63 lower-case letters, digits and dashes`);
  return {
    format,
    path: path === undefined ? null : resolve(io.cwd, path),
    secret: { name, namespace },
    isForced: options.force === true,
    isDry: options.dryRun === true,
    isShown,
  };
}
