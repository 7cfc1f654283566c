// Station: test/helpers. The control plane that tests of a cluster run against: one on this machine alone, never whatever cluster somebody works with. Called by test/k8s/cluster-*.
import { readFileSync } from 'node:fs';
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
