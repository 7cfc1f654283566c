// Station: cli/cluster. Logs in with the credential plugin that a kubeconfig names, without showing it what we hold. Called by secret-api.
// The client would run it too, with our whole environment (which may hold secrets: --from-env) and no deadline.
import { execFile } from 'node:child_process';
import { recordOf } from '../../common/untyped.js';
import type { Io } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import type { Cluster } from './kubeconfig.js';

const deadlineMs = 30_000;
const maxBytes = 1_048_576;

interface Plugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
}

/** A plugin's answer, as far as it is read. */
interface Credential {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
}

/**
 * Runs the plugin of the cluster's user, where there is one, and puts what it gives in its place.
 * @param isSecret names of variables that the plugin must not be given
 * @throws CliError (auth, interrupted)
 */
export async function logIn(
  { config, context }: Cluster,
  { env, signal }: Pick<Io, 'env' | 'signal'>,
  isSecret: (name: string) => boolean,
): Promise<void> {
  const user = config.getCurrentUser();
  const plugin = pluginOf(user?.exec);
  if (user === null || plugin === null) return;
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !isSecret(name)));
  const credential = await run(plugin, clean, signal);
  const { token, clientCertificateData: cert, clientKeyData: key } = credential;
  if (token === undefined && (cert === undefined || key === undefined))
    throw refused(plugin, `gave no credential for the context ${context}`);
  config.users = [
    {
      name: user.name,
      ...(token === undefined ? {} : { token }),
      ...(cert === undefined || key === undefined ? {} : { certData: base64(cert), keyData: base64(key) }),
    },
  ];
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function pluginOf(exec: unknown): Plugin | null {
  const { command, args, env, apiVersion } = recordOf(exec);
  if (typeof command !== 'string') return null;
  const pairs = (Array.isArray(env) ? env : []).map(recordOf);
  return {
    command,
    args: (Array.isArray(args) ? args : []).map(String),
    env: Object.fromEntries(pairs.map(({ name, value }) => [String(name), String(value)])),
    apiVersion: typeof apiVersion === 'string' ? apiVersion : 'client.authentication.k8s.io/v1',
  };
}

function run(
  plugin: Plugin,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Credential> {
  const { command, args, apiVersion } = plugin;
  const request = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  const options = {
    env: { ...env, ...plugin.env, KUBERNETES_EXEC_INFO: request },
    timeout: deadlineMs,
    maxBuffer: maxBytes,
    killSignal: 'SIGKILL',
    signal,
  } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, options, (failed, stdout) => {
      if (signal.aborted) reject(new CliError(exitCodes.interrupted, 'interrupted; nothing was written'));
      else if (failed !== null) reject(refused(plugin, whyOf(failed)));
      else {
        const credential = credentialOf(stdout);
        if (credential === null) reject(refused(plugin, 'gave no answer that can be read'));
        else resolve(credential);
      }
    });
    child.stdin?.on('error', () => undefined).end();
  });
}

/** What a plugin prints may hold what it logs in with: only how it ended is told. */
function whyOf({ code, killed }: { readonly code?: string | number | null; readonly killed?: boolean }): string {
  if (code === 'ENOENT') return 'is not installed';
  if (killed === true) return `gave no answer within ${deadlineMs / 1_000} s`;
  return typeof code === 'number' ? `ended with code ${code}` : `failed (${code ?? 'unknown error'})`;
}

function credentialOf(stdout: string): Credential | null {
  try {
    const status = recordOf(recordOf(JSON.parse(stdout)).status);
    const text = (name: keyof Credential) => {
      const value = status[name];
      return typeof value === 'string' ? { [name]: value } : {};
    };
    return { ...text('token'), ...text('clientCertificateData'), ...text('clientKeyData') };
  } catch {
    // No JSON: the caller says so, without the text.
    return null;
  }
}

function refused({ command }: Plugin, why: string): CliError {
  return new CliError(
    exitCodes.auth,
    `the credential plugin ${JSON.stringify(command.slice(0, 128))} of the kubeconfig ${why}`,
    'log in, and see what it says when `kubectl get secrets` runs it',
  );
}
