// Station: cli/secrets. Runs `chatbox secrets rotate`: one step of a rotation on a set of secrets, if the data and the running servers allow it.
import { systemRandom } from '../../common/random.js';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { scanned, withKeyWork } from '../keys/key-table.js';
import { oneSecret } from './one-secret.js';
import { openSource } from './open-source.js';
import type { SetReading } from './read-set.js';
import { type KeyFacts, type RotationStep, rotationSteps, takeStep } from './rotation.js';
import { secretEntry } from './wanted.js';
import { withDataOf } from './with-data-of.js';

const name = 'ENCRYPTION_KEYS';

/** Takes the step; exit 6 with what stands in its way. The list of keys is all the state there is, so that after a kill it is just run again. */
export async function rotateSecrets(invocation: Invocation): Promise<number> {
  const { io, args, options, output } = invocation;
  if (args[0] === 'jwt') return await (await import('./run-rotate-jwt.js')).rotateTokenKeys(invocation);
  refuseOthers(args[0] ?? '', invocation);
  const step = rotationSteps.find((each) => each === optionText(invocation, 'step')) ?? 'add';
  const label = optionText(invocation, 'source') ?? '';
  const source = await openSource(invocation, label, ['get', 'patch']);
  const set = await source.read();
  const keys = readKeys(set, label);
  const ids = idsOf(keys, label);
  const facts = await factsOf(invocation, set, step);
  const result = takeStep(step, ids, facts);
  if (!result.ok) throw new CliError(exitCodes.conflict, `${step}: ${result.why}; ${label} is as it was`, result.fix);
  const isChanged = result.ids.join() !== ids.join();
  const isDry = options.dryRun === true;
  if (io.signal.aborted) throw new CliError(exitCodes.interrupted, `interrupted; ${label} is as it was`);
  if (isChanged && !isDry) await source.write(name, listOf(result.ids, keys));
  const data = { step, changed: isChanged && !isDry, dry_run: isDry, keys: result.ids, next: result.next };
  const what = !isChanged ? 'nothing to change' : isDry ? 'would become' : 'is now';
  await output.result(data, () => `${name} ${what}: ${result.ids.join(', ')}\nnext: ${result.next}\n`);
  return exitCodes.ok;
}

/** @throws CliError (usage) */
function refuseOthers(key: string, { options }: Invocation): void {
  if (key !== 'encryption')
    throw new CliError(exitCodes.usage, 'there is no key of that kind to rotate', 'jwt or encryption');
  for (const [option, flag] of [
    ['tokenLifetime', '--token-lifetime'],
    ['since', '--since'],
    ['skipServers', '--skip-servers'],
  ] as const)
    if (options[option] !== undefined)
      throw new CliError(exitCodes.usage, `${flag} is for keys of tokens`, 'leave it out');
}

/** The keys of the set by their ids, in their order. @throws CliError (config) where the server would not take them */
function readKeys(set: SetReading, label: string): ReadonlyMap<string, string> {
  const raw = oneSecret(set, name, label);
  if (raw === null)
    throw new CliError(exitCodes.config, `${label} has no ${name}`, `look with \`chatbox secrets check ${label}\``);
  return new Map(raw.split(',').map((part) => [part.slice(0, part.indexOf(':')), part] as const));
}

function idsOf(keys: ReadonlyMap<string, string>, label: string): readonly [string, ...string[]] {
  const [first, ...others] = keys.keys();
  if (first === undefined) throw new CliError(exitCodes.config, `${label} has no key in ${name}`);
  return [first, ...others];
}

/** What the data says, read with the keys of the set. */
async function factsOf(invocation: Invocation, set: SetReading, step: RotationStep): Promise<KeyFacts> {
  const inner = withDataOf(set, invocation);
  return await withKeyWork(inner, async (work, store) => {
    const [keys, servers] = [await work.standings(), await work.servers()];
    const use = step === 'retire' ? await scanned(inner, work, 'counting') : null;
    const isUnused = servers.length === 0 && keys.every((key) => key.sealedSince === null && key.retiredAt === null);
    if (isUnused)
      invocation.output.warn(
        `no server has ever sealed anything in ${store}: make sure that it is the one of the servers`,
      );
    return { keys, servers, use, isUnused };
  });
}

/** The list as a value: keys that were there as they were, one that was not generated. */
function listOf(ids: readonly string[], keys: ReadonlyMap<string, string>): string {
  return ids.map((id) => keys.get(id) ?? `${id}:${generated()}`).join(',');
}

function generated(): string {
  const made = secretEntry(name)?.field.generate?.(systemRandom) ?? '';
  return made.slice(made.indexOf(':') + 1);
}
