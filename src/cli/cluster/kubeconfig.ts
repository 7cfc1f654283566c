// Station: cli/cluster. Which cluster is meant, and as whom: the kubeconfig, found as kubectl finds it. Called by secret-api.
import { access, readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { nearest } from '../../common/nearest.js';
import { recordOf } from '../../common/untyped.js';
import { defaultNamespace } from '../../k8s/names.js';
import type { Io } from '../command.js';
import { systemCode } from '../data-dir.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** What the options say of a cluster; null for what they leave to the kubeconfig. */
export interface ClusterChoice {
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly namespace: string | null;
}

/** A cluster, and the user that asks it. */
export interface Cluster {
  /** Its current context is the one that was chosen. */
  readonly config: KubeConfig;
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
  /** Whether the server must show a certificate that is trusted. */
  readonly isVerified: boolean;
}

type Where = Pick<Io, 'env' | 'cwd'>;

const accountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Finds the cluster: --kubeconfig, else KUBECONFIG, else the file in the home folder, else the service account of the pod. @throws CliError (usage, config) */
export async function findCluster(choice: ClusterChoice, where: Where): Promise<Cluster> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  const paths = pathsOf(choice, where);
  const tokenFiles = new Map<string, string>();
  let found = 0;
  for (const path of paths) {
    const text = await readConfig(path, choice.kubeconfig !== null);
    if (text === null) continue;
    found += 1;
    const part = new Config();
    loadInto(part, text, path);
    addTo(config, part);
    for (const [user, file] of tokenFilesOf(text, path)) if (!tokenFiles.has(user)) tokenFiles.set(user, file);
  }
  if (found === 0) {
    if (choice.kubeconfig !== null || !(await isInPod(where))) throw noKubeconfig(paths);
    config.loadFromCluster();
  }
  const cluster = chosen(config, choice);
  await readToken(cluster, tokenFiles);
  return cluster;
}

function pathsOf({ kubeconfig }: ClusterChoice, { env, cwd }: Where): readonly string[] {
  if (kubeconfig !== null) return [resolve(cwd, kubeconfig)];
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) return listed.map((path) => resolve(cwd, path));
  return env.HOME ? [join(env.HOME, '.kube', 'config')] : [];
}

/** The text of a file; null where there is none, unless it was named by itself. */
async function readConfig(path: string, isNamed: boolean): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT' && !isNamed) return null;
    throw new CliError(
      exitCodes.config,
      `the kubeconfig ${path} cannot be read (${systemCode(cause) ?? 'unknown error'})`,
      'name one that you may read: --kubeconfig FILE',
      cause,
    );
  }
}

/** What the readers of a kubeconfig throw quotes it, with the keys in it: none of that is passed on. */
function loadInto(config: KubeConfig, text: string, path: string): void {
  try {
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(path));
  } catch {
    throw new CliError(
      exitCodes.config,
      `${path} is no kubeconfig that can be read`,
      'look with `kubectl config view`, which leaves out what is secret',
    );
  }
}

/** `tokenFile` of each user that has one; the client does not know it. The text was read as YAML before. */
function tokenFilesOf(text: string, path: string): readonly (readonly [user: string, file: string])[] {
  const { users } = recordOf(parse(text));
  return (Array.isArray(users) ? users : []).map(recordOf).flatMap(({ name, user }) => {
    const { tokenFile } = recordOf(user);
    return typeof tokenFile === 'string' ? [[String(name), resolve(dirname(path), tokenFile)] as const] : [];
  });
}

/** Gives the cluster's user the token that is in a file. */
async function readToken({ config, context }: Cluster, files: ReadonlyMap<string, string>): Promise<void> {
  const user = config.getCurrentUser();
  const file = files.get(user?.name ?? '');
  if (user === null || file === undefined || user.token !== undefined) return;
  try {
    const token = (await readFile(file, 'utf8')).trim();
    config.users = config.users.map((each) => (each.name === user.name ? { ...each, token } : each));
  } catch (cause) {
    throw new CliError(
      exitCodes.config,
      `the token file ${file} of the context ${context} cannot be read (${systemCode(cause) ?? 'unknown error'})`,
      'choose another --context, or correct the kubeconfig',
      cause,
    );
  }
}

/** Of two entries of one name the first counts, as with kubectl. */
function addTo(config: KubeConfig, part: KubeConfig): void {
  config.currentContext ||= part.currentContext;
  for (const each of part.clusters) if (config.getCluster(each.name) === null) config.addCluster(each);
  for (const each of part.users) if (config.getUser(each.name) === null) config.addUser(each);
  for (const each of part.contexts) if (config.getContextObject(each.name) === null) config.addContext(each);
}

async function isInPod({ env }: Where): Promise<boolean> {
  if (!env.KUBERNETES_SERVICE_HOST) return false;
  return await access(accountToken).then(
    () => true,
    () => false,
  );
}

function noKubeconfig(paths: readonly string[]): CliError {
  const looked =
    paths.length === 0 ? 'KUBECONFIG is not set and there is no home folder' : `no file ${paths.join(', ')}`;
  return new CliError(
    exitCodes.config,
    `there is no kubeconfig, so no cluster to ask (${looked})`,
    'name one: --kubeconfig FILE, or the variable KUBECONFIG',
  );
}

function chosen(config: KubeConfig, choice: ClusterChoice): Cluster {
  const names = config.contexts.map(({ name }) => name);
  const context = choice.context ?? (config.currentContext || null);
  if (context === null)
    throw new CliError(
      exitCodes.config,
      'the kubeconfig names no current context',
      names.length === 0 ? 'name another one: --kubeconfig FILE' : `choose one: --context ${names.join(' | ')}`,
    );
  const entry = config.contexts.find(({ name }) => name === context);
  if (entry === undefined) {
    const meant = nearest(context, names);
    throw new CliError(
      choice.context === null ? exitCodes.config : exitCodes.usage,
      `the kubeconfig has no context ${JSON.stringify(context.slice(0, 128))}`,
      meant === null ? `it has: ${names.join(', ') || 'none'}` : `did you mean ${meant}?`,
    );
  }
  config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null || config.getCurrentUser() === null)
    throw new CliError(
      exitCodes.config,
      `the context ${context} of the kubeconfig names a ${cluster === null ? 'cluster' : 'user'} that is not in it`,
      'choose another with --context',
    );
  refuseUnsafe(config, context, cluster.server);
  // Not `default`, as with kubectl: nothing is rendered into that, so no pod would find the Secret.
  const namespace = choice.namespace ?? (entry.namespace || defaultNamespace);
  return { config, context, server: cluster.server, namespace, isVerified: !cluster.skipTLSVerify };
}

function refuseUnsafe(config: KubeConfig, context: string, server: string): void {
  if (!server.startsWith('https://'))
    throw new CliError(
      exitCodes.config,
      `the context ${context} reaches its server without TLS: a Secret would be sent in the clear`,
      'use an address that begins with https://',
    );
  const provider: unknown = config.getCurrentUser()?.authProvider?.name;
  if (provider === 'gcp' || provider === 'azure')
    throw new CliError(
      exitCodes.config,
      `the user of the context ${context} logs in with the auth-provider ${provider}, which Kubernetes gave up in 1.26`,
      'let your cloud write the kubeconfig anew: it names a credential plugin (exec) then',
    );
}
