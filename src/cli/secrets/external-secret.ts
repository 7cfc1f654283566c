// Station: cli/secrets. An ExternalSecret: it names where the secrets are kept, and holds none. Called by run-create.
import { toStream } from '../../k8s/to-yaml.js';
import { type Invocation, optionList, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { configReadings } from './config-readings.js';
import type { Asked } from './create-options.js';
import { reportCreated } from './create-report.js';
import { type SecretName, secretLabels } from './formats.js';
import { objectName } from './names.js';
import { placeFile } from './place.js';
import { knownSecret, wantedBy } from './wanted.js';

const storeKinds = ['SecretStore', 'ClusterSecretStore'] as const;

/** Stands in a remote key for the name of each secret: the store has one entry for each then, else one with a property for each. */
const placeholder = '{name}';
const maxRemoteKey = 1_024;

interface Store {
  readonly name: string;
  readonly kind: (typeof storeKinds)[number];
  readonly remoteKey: string;
}

/** Writes an ExternalSecret for every secret that the configuration waits for. Nothing is generated, and nobody is asked. */
export async function createReferences(invocation: Invocation, asked: Asked): Promise<number> {
  const { output } = invocation;
  const store = readStore(invocation);
  const without = new Set(optionList(invocation, 'without'));
  for (const name of without) knownSecret(name, '--without');
  const { demanded, offered } = wantedBy(await configReadings(invocation));
  const names = [...demanded, ...offered].filter((name) => !without.has(name));
  if (asked.path !== null && !asked.isDry)
    await placeFile(asked.path, asExternalSecret(names, asked.secret, store), asked.isForced);
  const rows = names.map((name) => ({ name, origin: 'store', fingerprint: null }) as const);
  const data = { output: asked.path, format: asked.format, dry_run: asked.isDry };
  await reportCreated(invocation, data, rows, { demanded: names, offered: [] });
  output.talk('the Secret is made only once all of these are in the store: leave out with --without what will not be');
  if (asked.path !== null) output.talk(`${asked.isDry ? 'would be written to' : 'written to'} ${asked.path}`);
  return exitCodes.ok;
}

function readStore(invocation: Invocation): Store {
  const name = optionText(invocation, 'store');
  const remoteKey = optionText(invocation, 'remoteKey');
  if (name === undefined)
    throw new CliError(exitCodes.usage, '--store is missing', 'name the SecretStore that holds the values');
  if (remoteKey === undefined)
    throw new CliError(
      exitCodes.usage,
      '--remote-key is missing',
      `name the entry of the store that has a property for each secret, or, with ${placeholder} in it, one entry for each`,
    );
  if (!/^\P{Cc}+$/u.test(remoteKey) || remoteKey.length > maxRemoteKey)
    throw new CliError(exitCodes.usage, `--remote-key: must be 1 to ${maxRemoteKey} characters on one line`);
  const kind = storeKinds.find((each) => each === optionText(invocation, 'storeKind')) ?? 'SecretStore';
  return { name: objectName('--store', name), kind, remoteKey };
}

function asExternalSecret(names: readonly string[], { name, namespace }: SecretName, store: Store): string {
  const isSplit = store.remoteKey.includes(placeholder);
  return toStream([
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name, ...(namespace === null ? {} : { namespace }), labels: secretLabels },
      spec: {
        refreshInterval: '1h0m0s',
        secretStoreRef: { name: store.name, kind: store.kind },
        target: { name, creationPolicy: 'Owner' },
        data: names.map((secretKey) => ({
          secretKey,
          remoteRef: isSplit
            ? { key: store.remoteKey.replaceAll(placeholder, secretKey) }
            : { key: store.remoteKey, property: secretKey },
        })),
      },
    },
  ]);
}
