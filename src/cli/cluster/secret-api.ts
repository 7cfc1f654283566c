// Station: cli/cluster. One Secret of a cluster, read and written. Called by cli/secrets/live. The client is loaded here and nowhere else: it is large.
import type { ConfigurationOptions, CoreV1Api, V1Secret } from '@kubernetes/client-node';
import { systemClock } from '../../common/clock.js';
import type { Io } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { secretLabels } from '../secrets/formats.js';
import { type Attempt, DeadlineError, explainFailure, ownedByOthers } from './cluster-failure.js';
import { logIn } from './exec-credential.js';
import { type Cluster, type ClusterChoice, findCluster } from './kubeconfig.js';

/** Our name as a field manager: whose is what we applied. */
const ownName = 'chatbox-secrets';

/** How long one call may take. */
const defaultCallMs = 15_000;

/** Of an object that is not there: none has it, so that applying makes the Secret, and fails where somebody else made it meanwhile. */
const versionOfNone = '1';

/** A Secret as it was read. */
export interface LiveSecret {
  readonly version: string;
  /** Base64, as it stands, by key. */
  readonly data: ReadonlyMap<string, string>;
  /** Keys that this field manager applied: whoever applies again without them removes them. */
  readonly owned: ReadonlySet<string>;
  /** Keys that others applied as `stringData`, with their field manager: the API server itself would not say a conflict. */
  readonly ownedUnseen: ReadonlyMap<string, string>;
  /** Whether this field manager applied it before. What others made keeps their labels. */
  readonly isOurs: boolean;
  readonly isImmutable: boolean;
  /** What makes it, and would undo our change: `SealedSecret/chat`. */
  readonly controller: string | null;
}

/** What to apply. */
export interface SecretChange {
  /** Base64 by key; with every key that is owned and shall stay. */
  readonly data: ReadonlyMap<string, string>;
  /** As it was read; null where there was none. Somebody else's change meanwhile is a conflict. */
  readonly from: LiveSecret | null;
  /** Whether to take over what other field managers own. */
  readonly isForced: boolean;
  /** Whether the server is only to say what it would do. */
  readonly isDry: boolean;
}

/** Secrets of one namespace. Every method throws CliError, in which there is nothing of a Secret. */
export interface SecretApi {
  readonly cluster: Pick<Cluster, 'context' | 'namespace' | 'server' | 'isVerified'>;
  /** null where there is no Secret of that name. */
  read(name: string): Promise<LiveSecret | null>;
  /** Server-side apply. Resolves to the Secret as it is then. */
  apply(name: string, change: SecretChange): Promise<LiveSecret>;
}

/**
 * Opens the cluster that is chosen; asks it nothing yet.
 * @param needs rights on Secrets that the command cannot do without @param isSecret names of variables that no other program may be given
 * @param callMs how long one call may take @throws CliError
 */
export async function openSecretApi(
  choice: ClusterChoice,
  needs: readonly string[],
  io: Pick<Io, 'env' | 'cwd' | 'signal'>,
  isSecret: (name: string) => boolean,
  callMs = defaultCallMs,
): Promise<SecretApi> {
  const cluster = await findCluster(choice, io);
  await logIn(cluster, io, isSecret);
  const client = await import('@kubernetes/client-node');
  const api: CoreV1Api = cluster.config.makeApiClient(client.CoreV1Api);
  const { namespace, context, server, isVerified } = cluster;

  /** One call: with the deadline and the interrupt on its socket, and its failure translated. */
  const call = async <T>(attempt: Attempt, run: (options: ConfigurationOptions) => Promise<T>): Promise<T> => {
    const ending = new AbortController();
    let failure: Error = new DeadlineError(callMs);
    const stop = () => ending.abort();
    const interrupt = () => {
      const what = attempt.isWrite
        ? `; whether secret/${attempt.name} was written is not known`
        : '; nothing was written';
      failure = new CliError(exitCodes.interrupted, `interrupted${what}`);
      stop();
    };
    const timer = systemClock.after(callMs, stop);
    io.signal.addEventListener('abort', interrupt);
    if (io.signal.aborted) interrupt();
    // What the client does before it opens a socket (a token that is fetched anew) knows no signal.
    const ended = new Promise<never>((_, reject) => {
      if (ending.signal.aborted) reject(failure);
      ending.signal.addEventListener('abort', () => reject(failure));
    });
    try {
      return await Promise.race([run(optionsWith(client, ending.signal)), ended]);
    } catch (cause) {
      throw explainFailure(ending.signal.aborted ? failure : cause, attempt);
    } finally {
      timer.cancel();
      io.signal.removeEventListener('abort', interrupt);
    }
  };

  return {
    cluster: { context, namespace, server, isVerified },
    async read(name) {
      const attempt = { isWrite: false, name, namespace, context, server, needs };
      return await call(attempt, async (options) => {
        try {
          return liveOf(await api.readNamespacedSecret({ name, namespace }, options));
        } catch (cause) {
          if (isNoSecret(cause)) return null;
          throw cause;
        }
      });
    },
    async apply(name, { data, from, isForced, isDry }) {
      const attempt = { isWrite: !isDry, name, namespace, context, server, needs };
      if (from !== null && !isForced) refuseUnseen(name, data, from);
      const body = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name,
          namespace,
          resourceVersion: from?.version ?? versionOfNone,
          ...(from === null || from.isOurs ? { labels: secretLabels } : {}),
        },
        type: 'Opaque',
        data: Object.fromEntries(data),
      };
      return await call(attempt, async (options) => {
        const request = { name, namespace, body, fieldManager: ownName, fieldValidation: 'Strict', force: isForced };
        return liveOf(await api.patchNamespacedSecret({ ...request, ...(isDry ? { dryRun: 'All' } : {}) }, options));
      });
    },
  };
}

type Client = typeof import('@kubernetes/client-node');

/** The client knows neither the signal nor, of the kinds of patches, the one that is meant. */
function optionsWith({ Observable, HttpMethod, PatchStrategy }: Client, signal: AbortSignal): ConfigurationOptions {
  return {
    middleware: [
      {
        pre: (request) => {
          request.setSignal(signal);
          if (request.getHttpMethod() === HttpMethod.PATCH)
            request.setHeaderParam('Content-Type', PatchStrategy.ServerSideApply);
          return new Observable(Promise.resolve(request));
        },
        post: (response) => new Observable(Promise.resolve(response)),
      },
    ],
    middlewareMergeStrategy: 'append',
  };
}

/** 404 for the Secret: a 404 of something that is no API server names no kind. */
function isNoSecret(cause: unknown): boolean {
  if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 404 || !('body' in cause)) return false;
  return /"kind":\s*"secrets"/.test(String(cause.body));
}

function liveOf({ metadata, data, immutable }: V1Secret): LiveSecret {
  const maker = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  const notes = metadata?.managedFields ?? [];
  const applied = notes.filter(({ manager, operation }) => manager === ownName && operation === 'Apply');
  const others = notes.filter(({ manager }) => manager !== ownName);
  return {
    version: metadata?.resourceVersion ?? '',
    data: new Map(Object.entries(data ?? {})),
    owned: new Set(applied.flatMap(({ fieldsV1 }) => keysOf(fieldsV1, 'f:data'))),
    ownedUnseen: new Map(
      others.flatMap(({ manager = '?', fieldsV1 }) =>
        keysOf(fieldsV1, 'f:stringData').map((key) => [key, manager] as const),
      ),
    ),
    isOurs: applied.length > 0,
    isImmutable: immutable === true,
    controller: maker === undefined ? null : `${maker.kind}/${maker.name}`,
  };
}

/** Keys in the form in which the cluster notes who owns what: `f:data: { f:NAME: {} }`. */
function keysOf(fields: unknown, part: 'f:data' | 'f:stringData'): readonly string[] {
  const noted: Readonly<Record<string, unknown>> = typeof fields === 'object' && fields !== null ? { ...fields } : {};
  return Object.keys(noted[part] ?? {}).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []));
}

/** What was applied as `stringData` is owned under that name, not as the `data` that it became. */
function refuseUnseen(name: string, data: ReadonlyMap<string, string>, from: LiveSecret): void {
  const owners = new Map<string, string[]>();
  for (const [key, value] of data) {
    const owner = from.ownedUnseen.get(key);
    if (owner !== undefined && from.data.get(key) !== value) owners.set(owner, [...(owners.get(owner) ?? []), key]);
  }
  if (owners.size > 0) throw ownedByOthers(name, owners);
}
