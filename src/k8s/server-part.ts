// Station: k8s. What the manifests must agree on with the server, as the server's own loader understands it: the rendered config file and what follows from it.
// Called by the render command. Nothing of the machine is read: the loader is handed texts.

import type { Reading } from '../server/config/given.js';
import { loadConfig } from '../server/config/load.js';
import type { Notice, Problem } from '../server/config/problem.js';
import { readConfigFile } from '../server/config/read-file.js';
import type { Settings } from '../server/config/resolve.js';
import type { Config } from '../server/config/schema.js';
import type { ConfigFiles } from '../server/config/sources.js';
import { configText } from './config-text.js';
import type { OptionValues } from './parse-options.js';
import { type SecretKeys, secretKeysOf, secretNameOf, standIns } from './secret-keys.js';

/** A server that another part of the manifests has to let out to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What the server will be like. Times are milliseconds, sizes bytes. */
export interface ServerPart {
  readonly storeKind: Config['store']['kind'];
  /** Folder of the SQLite file; null with MongoDB. */
  readonly dataDir: string | null;
  readonly port: number;
  /** null where there is no operations port. */
  readonly opsPort: number | null;
  readonly pathPrefix: string;
  readonly shutdownTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly bodyLimitBytes: number;
  /** Of model providers. */
  readonly endpoints: readonly Endpoint[];
  readonly secretKeys: SecretKeys;
  /** The config file, in the order of the schema. */
  readonly configText: string;
}

/** The server's part, or everything that is wrong with its configuration. */
export type ServerPartResult =
  | { readonly ok: true; readonly part: ServerPart; readonly notices: readonly Notice[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A config file as somebody wrote it. */
export interface ConfigSource {
  readonly text: string;
  /** What to call it in messages. */
  readonly label: string;
}

/** Where the SQLite file is in a pod. */
const dataDir = '/var/lib/chatbox';

/** An absolute path outside of what the pod has for other purposes. */
const volumeFolder =
  /^(?!\/(?:app|bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|tmp|usr)(?:\/|$))(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;

const privateNetworks = '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7';

/** Reads the configuration as the server will: the file, over it what the options say, below it what a cluster needs. */
export async function readServerPart(options: OptionValues, source: ConfigSource | null): Promise<ServerPartResult> {
  const given: Reading['given'] = source === null ? new Map() : readConfigFile(source.text, source.label).given;
  const isGiven = (key: string) => given.has(key);
  const leaked = [...given.keys()].flatMap((key) => secretProblem(key, given.get(key)?.source ?? key));
  if (leaked.length > 0) return { ok: false, problems: leaked };

  const storeKind = options.store ?? String(given.get('store.kind')?.raw).toLowerCase();
  const isSqlite = storeKind === 'sqlite';
  const hasProvider = [...given.keys()].some((key) => key.startsWith('llm.providers'));
  const env: Record<string, string> = {};
  if (options.store !== undefined || !isGiven('store.kind')) env.STORE = isSqlite ? 'sqlite' : 'mongodb';
  const origins = options.origins ?? (isGiven('sockets.allowedOrigins') ? undefined : [`https://${options.host}`]);
  if (origins !== undefined) env.ALLOWED_ORIGINS = origins.join(',');
  // Only the pods that the network policy names reach the port, so what they say of a client's address counts (R5).
  const proxies = options.trustedProxies?.join(',') ?? (isGiven('http.trustedProxies') ? undefined : privateNetworks);
  if (proxies !== undefined) env.TRUSTED_PROXIES = proxies;
  if (!hasProvider) env.LLM_PROVIDER_1_TYPE = 'echo';
  const flags: Record<string, string> = {};
  if (options.pathPrefix !== undefined) flags['path-prefix'] = options.pathPrefix;
  if (isSqlite && !isGiven('store.dataDir')) flags['data-dir'] = dataDir;

  const loaded = await loadConfig(
    {
      mode: 'production',
      cwd: '/',
      env,
      flags,
      secretsDir: 'secrets',
      ...(source === null ? {} : { configFile: source.label }),
    },
    texts(
      source?.text ?? '',
      standIns([...(isGiven('auth.jwksUrl') ? [] : ['auth']), ...(isSqlite ? [] : ['store']), 'encryption']),
    ),
  );
  if (!loaded.ok) return { ok: false, problems: loaded.problems };
  const { config, settings } = loaded;
  const problems = podProblems(config, settings);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    notices: loaded.notices,
    part: {
      storeKind: config.store.kind,
      dataDir: config.store.kind === 'sqlite' ? config.store.dataDir : null,
      port: config.http.port,
      opsPort: config.ops.port,
      pathPrefix: config.http.pathPrefix,
      shutdownTimeoutMs: config.shutdown.timeoutMs,
      startTimeoutMs: config.store.kind === 'mongodb' ? config.store.mongoStartTimeoutMs : 0,
      bodyLimitBytes: config.http.bodyLimitBytes,
      endpoints: config.llm.providers.flatMap(({ endpoint }) => (endpoint === null ? [] : endpointOf(endpoint))),
      secretKeys: secretKeysOf(config),
      configText: configText(settings),
    },
  };
}

/** M1: what is in a ConfigMap may be read by whoever may read the manifests. */
function secretProblem(key: string, source: string): readonly Problem[] {
  const env = secretNameOf(key);
  if (env === null) return [];
  return [
    {
      source,
      message: 'is a secret, and a ConfigMap is none',
      fix: `take it out of the file, and put it into the Secret as ${env}`,
    },
  ];
}

/** What a pod cannot do, though the server could. */
function podProblems({ http, ops, store }: Config, settings: Settings): readonly Problem[] {
  const blame = (fileKey: string): string => settings.get(fileKey)?.origin ?? fileKey;
  const written = (fileKey: string): unknown => settings.get(fileKey)?.value;
  const problems: Problem[] = [];
  const add = (key: string, message: string, fix: string) => problems.push({ source: blame(key), message, fix });
  if (http.port < 1_024) add('http.port', 'is a port that no user but root may open', 'take one from 1024 on');
  if (ops.port !== null && ops.port < 1_024)
    add('ops.port', 'is a port that no user but root may open', 'take one from 1024 on, or off');
  for (const [key, host] of [
    ['http.host', http.host],
    ['ops.host', ops.host],
  ] as const) {
    if (/^(127\.|localhost$|::1$)/.test(host))
      add(key, 'is reached from inside the pod alone', 'take it out: in a cluster it is 0.0.0.0');
  }
  if (store.kind === 'sqlite' && !volumeFolder.test(String(written('store.dataDir'))))
    add('store.dataDir', 'is no folder that a volume can be mounted on', `take it out: it is ${dataDir} then`);
  return problems;
}

function endpointOf(url: string): readonly Endpoint[] {
  const { hostname, port, protocol } = new URL(url);
  return [{ host: hostname, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) }];
}

/** The files that the loader asks for. */
function texts(file: string, secrets: Readonly<Record<string, string>>): ConfigFiles {
  return {
    text: async () => ({ ok: true, text: file }),
    folder: async () => ({ ok: true, files: Object.entries(secrets).map(([name, text]) => ({ name, text })) }),
  };
}
