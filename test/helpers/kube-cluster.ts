// Station: test/helpers. The control plane that tests of a cluster run against: one on this machine alone, never whatever cluster somebody works with. Called by test/k8s/cluster-*.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubeconfigText } from './fake-api-server.js';
import { type ProgramResult, runProgram } from './kube-tools.js';
import { programOf } from './required.js';

/** Whether KUBECONFIG names a control plane of this machine. */
export function hasCluster(): boolean {
  const path = process.env.KUBECONFIG;
  if (path === undefined || path === '' || programOf('kubectl') === null) return false;
  try {
    const servers = [...readFileSync(path, 'utf8').matchAll(/server:\s*"?([^\s",}]+)/g)].map(
      ([, server = '']) => server,
    );
    return servers.length > 0 && servers.every((server) => /^https:\/\/(127\.0\.0\.1|localhost)(:|$)/.test(server));
  } catch {
    // A file that is not there names no cluster.
    return false;
  }
}

/** Runs kubectl; what goes in goes by stdin, so that nothing of a Secret stands in an argument. */
export function kubectl(args: readonly string[], input?: unknown): Promise<ProgramResult> {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  return runProgram('kubectl', args, input === undefined ? {} : { input: text });
}

/** Runs kubectl and gives what it printed as JSON; throws what it complained of. */
export async function kubeGet<T>(args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await kubectl(['get', ...args, '-o', 'json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** A kubeconfig, as far as tests change one. */
export interface KubeconfigParts {
  server: string;
  /** PEM */
  ca: string;
  user: Readonly<Record<string, unknown>>;
}

/** Writes a kubeconfig that leads to the control plane as KUBECONFIG does, but for what is changed. @returns its path */
export async function changedKubeconfig(folder: string, change: Partial<KubeconfigParts>): Promise<string> {
  const { stdout } = await kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json']);
  const { clusters, users } = JSON.parse(stdout) as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
    readonly users: readonly { readonly user: Readonly<Record<string, unknown>> }[];
  };
  const { server = '', 'certificate-authority-data': ca = '' } = clusters[0]?.cluster ?? {};
  const path = join(folder, 'kubeconfig');
  const given = { server, user: users[0]?.user ?? {}, ca: Buffer.from(ca, 'base64').toString(), ...change };
  await writeFile(path, kubeconfigText(given.server, { ca: given.ca, user: given.user }));
  return path;
}
