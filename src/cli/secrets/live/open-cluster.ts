// Station: cli/secrets/live. The cluster that the options name, opened for what a command does in it. Called by run-apply and live-source.
import { utf8Of } from '../../../common/untyped.js';
import type { ClusterChoice } from '../../cluster/kubeconfig.js';
import type { LiveSecret, SecretApi } from '../../cluster/secret-api.js';
import { type Invocation, optionText } from '../../command.js';
import { CliError, exitCodes } from '../../exit-codes.js';
import { namespaceName } from '../names.js';
import { secretEntry } from '../wanted.js';

/** Opens it. @param needs rights on Secrets that the command cannot do without @throws CliError */
export async function openCluster(invocation: Invocation, needs: readonly string[]): Promise<SecretApi> {
  const namespace = optionText(invocation, 'namespace');
  const choice: ClusterChoice = {
    kubeconfig: optionText(invocation, 'kubeconfig') ?? null,
    context: optionText(invocation, 'context') ?? null,
    namespace: namespace === undefined ? null : namespaceName('--namespace', namespace),
  };
  const { openSecretApi } = await import('../../cluster/secret-api.js');
  const api = await openSecretApi(choice, needs, invocation.io, (name) => secretEntry(name) !== undefined);
  if (!api.cluster.isVerified)
    invocation.output.warn(
      `the certificate of ${api.cluster.server} is not verified (insecure-skip-tls-verify): whoever stands between can read what is sent`,
    );
  return api;
}

/** Throws CliError (conflict) where a change would be refused, or undone. @param label of the Secret */
export function refuseUnchangeable(label: string, { isImmutable, controller }: LiveSecret): void {
  if (controller !== null)
    throw new CliError(
      exitCodes.conflict,
      `${label} is made by ${controller}, which would undo every change; it is as it was`,
      `change ${controller}`,
    );
  if (isImmutable)
    throw new CliError(
      exitCodes.conflict,
      `${label} is immutable; it is as it was`,
      'make another one with --name, and name it to `chatbox k8s render --secret-name`',
    );
}

/** The value of an entry as text; null where it is none. */
export const textOf = (base64: string): string | null => utf8Of(Buffer.from(base64, 'base64'));

/** The other way. */
export const base64Of = (text: string): string => Buffer.from(text).toString('base64');
