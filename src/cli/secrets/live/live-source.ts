// Station: cli/secrets/live. A set of secrets that is kept in a cluster: `secret/NAME`. Called by open-source.
import type { LiveSecret, SecretApi } from '../../cluster/secret-api.js';
import type { Invocation } from '../../command.js';
import { CliError, exitCodes } from '../../exit-codes.js';
import { objectName } from '../names.js';
import type { SecretSource } from '../open-source.js';
import type { SetReading } from '../read-set.js';
import { base64Of, openCluster, refuseUnchangeable, textOf } from './open-cluster.js';

/** How a source that is a Secret begins. A file of that name is written `./secret/…`. */
const beginning = 'secret/';

/** Opens it; asks the cluster nothing yet. A change is written only onto what was read: somebody else's change meanwhile is a conflict. @throws CliError */
export async function openLiveSource(
  invocation: Invocation,
  label: string,
  needs: readonly string[],
): Promise<SecretSource> {
  const name = objectName(beginning, label.slice(beginning.length));
  const api = await openCluster(invocation, needs);
  let live: LiveSecret | null = null;
  const read = async (): Promise<LiveSecret> => {
    live = await api.read(name);
    if (live === null) throw absent(label, name, api);
    return live;
  };
  return {
    read: async () => readingOf(await read(), label),
    async write(entry, value) {
      const from = live ?? (await read());
      refuseUnchangeable(label, from);
      // Without an entry that is ours it is removed: so all of ours go along.
      const data = new Map([...from.data].filter(([key]) => from.owned.has(key) && key !== entry));
      if (value !== null) data.set(entry, base64Of(value));
      const isForced = invocation.options.force === true;
      live = await api.apply(name, { data, from, isForced, isDry: false });
      if (value === null && live.data.has(entry))
        throw new CliError(
          exitCodes.conflict,
          `${entry} is still in ${label}: another field manager owns it too`,
          'remove it where that one takes it from',
        );
    },
  };
}

function absent(label: string, name: string, { cluster }: SecretApi): CliError {
  const { namespace, context } = cluster;
  return new CliError(
    exitCodes.notFound,
    `there is no ${label} in the namespace ${namespace} (context ${context})`,
    `choose another --namespace or --context, or make it: \`chatbox secrets create --apply --name ${name} --namespace ${namespace}\``,
  );
}

function readingOf({ data }: LiveSecret, label: string): SetReading {
  const entries = [...data].map(([name, base64]) => ({ name, text: textOf(base64), source: `${label} data.${name}` }));
  return {
    kind: 'k8s',
    values: entries.flatMap(({ name, text, source }) => (text === null ? [] : [{ name, raw: text, source }])),
    problems: entries
      .filter(({ text }) => text === null)
      .map(({ source }) => ({ source, message: 'is not UTF-8 text', fix: 'write the value as text' })),
  };
}
