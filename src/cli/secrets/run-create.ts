// Station: cli/secrets. Runs `chatbox secrets create`.
import type { Invocation } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { configReadings } from './config-readings.js';
import { readAsked } from './create-options.js';
import { reportCreated, rowOf, talkOfCheck } from './create-report.js';
import { asEnvFile } from './formats.js';
import { gather } from './gather.js';
import { refuseUnsafe } from './place.js';
import { type SecretSet, wantedBy } from './wanted.js';
import { isForGit, openWriter } from './write-set.js';

/** What `secrets check` needs beside the path; null for what only a cluster reads. */
const checkOptions = { k8s: '', env: '', files: '', age: ' --identity FILE', sealed: null, external: null } as const;

/** Makes a set of secrets and writes it. Prints names, origins and fingerprints; what is left out is named on stderr. */
export async function createSecrets(invocation: Invocation): Promise<number> {
  const { io, output } = invocation;
  const asked = readAsked(invocation);
  if (asked.isApplied) return await (await import('./live/run-apply.js')).applySecrets(invocation, asked);
  // First, so that nobody types a password that then goes nowhere.
  if (asked.path !== null)
    await refuseUnsafe(asked.path, { isForced: asked.isForced, isForGit: isForGit(asked.format) });
  if (asked.format === 'external')
    return await (await import('./external-secret.js')).createReferences(invocation, asked);
  const write = await openWriter(invocation, asked);
  const wanted = wantedBy(await configReadings(invocation));
  const gathered = await gather(invocation, wanted);
  if (io.signal.aborted) throw new CliError(exitCodes.interrupted, 'interrupted; nothing was written');
  const set: SecretSet = new Map([...gathered].map(([name, { value }]) => [name, value]));
  if (asked.path !== null && !asked.isDry) await write(asked.path, set);

  const rows = [...gathered].map(([name, each]) => rowOf(name, each, asked.isDry));
  const leftOut = await reportCreated(
    invocation,
    { output: asked.path, format: asked.format, dry_run: asked.isDry },
    rows,
    wanted,
  );
  if (asked.isShown) await output.data(`\n${asEnvFile(set)}`);
  if (asked.path !== null) output.talk(`${asked.isDry ? 'would be written to' : 'written to'} ${asked.path}`);
  const options = checkOptions[asked.format];
  if (asked.path !== null && !asked.isDry && options !== null)
    talkOfCheck(invocation, asked.path + options, wanted, leftOut);
  return exitCodes.ok;
}
