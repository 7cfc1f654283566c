// Station: cli/secrets. A set of secrets as the texts that hold it: a Secret for Kubernetes, an env file, a folder. Called by run-create.
import { toStream } from '../../k8s/to-yaml.js';
import type { SecretSet } from './wanted.js';

/** The formats, as --format names them. */
export const formats = ['k8s', 'env', 'files', 'sealed', 'external', 'age'] as const;

/** How secrets are written. */
export type Format = (typeof formats)[number];

/** Which Secret it is. */
export interface SecretName {
  readonly name: string;
  /** null to leave it to whoever applies it. */
  readonly namespace: string | null;
}

/** Labels of what is made, whatever kind of object it is. */
export const secretLabels = {
  'app.kubernetes.io/managed-by': 'chatbox-secrets',
  'app.kubernetes.io/name': 'chatbox',
} as const;

/** A Secret manifest. Its keys are the names of the files that `k8s render` mounts. */
export function asManifest(set: SecretSet, { name, namespace }: SecretName): string {
  const data = [...set].map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
  return toStream([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        ...(namespace === null ? {} : { namespace }),
        labels: secretLabels,
      },
      type: 'Opaque',
      data: Object.fromEntries(data),
    },
  ]);
}

/** Lines of an env file, as config/env-file reads them. */
export function asEnvFile(set: SecretSet): string {
  return [...set].map(([name, value]) => `${name}=${quoted(value)}\n`).join('');
}

/** Bare where it can be: some readers of env files (docker run) take quotes for a part of the value. */
function quoted(value: string): string {
  if (/^[\w.:/+=@,?&%~-]+$/.test(value)) return value;
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '"': '\\"', '\\': '\\\\' };
  return `"${value.replace(/[\n\r"\\]/g, (char) => escapes[char] ?? char)}"`;
}
