// Station: cli/secrets/live. Runs `chatbox secrets create --apply`: makes what is missing in a Secret of a cluster, and keeps what is there. Called by run-create.
import { describeProblem } from '../../../server/config/problem.js';
import { readNamed } from '../../../server/config/read-env.js';
import type { LiveSecret } from '../../cluster/secret-api.js';
import type { Invocation } from '../../command.js';
import { CliError, exitCodes } from '../../exit-codes.js';
import { configReadings } from '../config-readings.js';
import type { Asked } from '../create-options.js';
import { type CreatedRow, reportCreated, rowOf, talkOfCheck } from '../create-report.js';
import { asEnvFile } from '../formats.js';
import { type Gathered, gather } from '../gather.js';
import { judge } from '../judge.js';
import { secretEntry, type Wanted, wantedBy } from '../wanted.js';
import { base64Of, openCluster, refuseUnchangeable, textOf } from './open-cluster.js';

type Values = ReadonlyMap<string, string>;

/** Applies the set to the cluster, and says which values were kept and which were made. @throws CliError */
export async function applySecrets(invocation: Invocation, asked: Asked): Promise<number> {
  const { io, output } = invocation;
  const { name } = asked.secret;
  const label = `secret/${name}`;
  const api = await openCluster(invocation, ['get', 'patch', 'create']);
  const live = await api.read(name);
  const there = valuesOf(live);
  const kept = asked.isForced ? new Map([...there].filter(([entry]) => !isMade(entry))) : there;
  const all = wantedBy([readNamed('credentials', namedOf(kept, label)), ...(await configReadings(invocation))]);
  const without = (names: readonly string[]) => names.filter((entry) => !kept.has(entry));
  const gathered = await gather(invocation, { demanded: without(all.demanded), offered: without(all.offered) });
  const changes = new Map([...gathered].filter(([entry, { value }]) => there.get(entry) !== value));
  if (!asked.isForced) refuseReplacing(changes, there, label);
  if (io.signal.aborted) throw new CliError(exitCodes.interrupted, 'interrupted; nothing was written');

  if (changes.size > 0) {
    if (live !== null) refuseUnchangeable(label, live);
    const data = dataOf(live, changes);
    await api.apply(name, { data, from: live, isForced: asked.isForced, isDry: asked.isDry });
  }
  warnOfBad(there, changes, label, invocation);
  for (const entry of changes.keys())
    if (isMade(entry) && there.has(entry))
      output.warn(`${entry} ${asked.isDry ? 'would be' : 'is'} replaced: what the old one opens, or signs, is lost`);
  await report(invocation, asked, { there, changes, isNew: live === null, wanted: all }, api.cluster);
  if (asked.isShown) {
    const made = [...changes].map(([entry, { value }]) => [entry, value] as const);
    await output.data(`\n${asEnvFile(new Map([...there, ...made]))}`);
  }
  return exitCodes.ok;
}

const isMade = (entry: string): boolean => (secretEntry(entry)?.field.generate ?? null) !== null;

/** The secrets of chatbox that are there. What is empty is not. */
function valuesOf(live: LiveSecret | null): Values {
  const entries = [...(live?.data ?? [])].filter(([entry]) => secretEntry(entry) !== undefined);
  return new Map(
    entries.flatMap(([entry, base64]) => {
      const text = textOf(base64);
      return text === null || text === '' ? [] : [[entry, text] as const];
    }),
  );
}

const namedOf = (values: Values, label: string) =>
  [...values].map(([name, raw]) => ({ name, raw, source: `${label} data.${name}` }));

/** A key that others may hold, or that data is sealed with, is not exchanged by the way. */
function refuseReplacing(changes: ReadonlyMap<string, Gathered>, there: Values, label: string): void {
  const replaced = [...changes.keys()].filter((entry) => isMade(entry) && there.has(entry));
  if (replaced.length === 0) return;
  throw new CliError(
    exitCodes.conflict,
    `${label} has another ${replaced.join(' and another ')} already; it is as it was`,
    'leave it out to keep what is there; to replace it, and lose what the old one opens, add --force',
  );
}

/** What is ours and stays, and what changes. What others own and does not change is left to them. */
function dataOf(live: LiveSecret | null, changes: ReadonlyMap<string, Gathered>): Values {
  const ours = [...(live?.data ?? [])].filter(([entry]) => live?.owned.has(entry) === true);
  return new Map([...ours, ...[...changes].map(([entry, { value }]) => [entry, base64Of(value)] as const)]);
}

function warnOfBad(there: Values, changes: ReadonlyMap<string, Gathered>, label: string, { output }: Invocation): void {
  const kept = new Map([...there].filter(([entry]) => !changes.has(entry)));
  for (const problem of judge(namedOf(kept, label))) output.warn(`kept as it is: ${describeProblem(problem)}`);
}

interface Done {
  readonly there: Values;
  readonly changes: ReadonlyMap<string, Gathered>;
  readonly isNew: boolean;
  readonly wanted: Wanted;
}

async function report(
  invocation: Invocation,
  { secret: { name }, isDry }: Asked,
  { there, changes, isNew, wanted }: Done,
  { context, namespace }: { readonly context: string; readonly namespace: string },
): Promise<void> {
  const kept = [...there]
    .filter(([entry]) => !changes.has(entry))
    .map(([entry, value]): CreatedRow => ({ ...rowOf(entry, { value, origin: 'generated' }, false), origin: 'kept' }));
  const rows = [...kept, ...[...changes].map(([entry, each]) => rowOf(entry, each, isDry))];
  const result = changes.size === 0 ? 'unchanged' : isNew ? 'created' : 'changed';
  const secret = { name, namespace, context };
  const leftOut = await reportCreated(invocation, { secret, result, dry_run: isDry }, rows, wanted);
  const what = result === 'unchanged' ? 'is as it was' : `${isDry ? 'would be' : 'is'} ${result}`;
  invocation.output.talk(`secret/${name} in the namespace ${namespace} (context ${context}) ${what}`);
  if (!isDry) talkOfCheck(invocation, `secret/${name} --namespace ${namespace}`, wanted, leftOut);
}
