// Station: cli/secrets. A SealedSecret, as kubeseal makes one: only the controller whose certificate it is can open it. Called by write-set.
import { constants, createCipheriv, type KeyObject, publicEncrypt, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { systemClock } from '../../common/clock.js';
import { systemRandom } from '../../common/random.js';
import { toStream } from '../../k8s/to-yaml.js';
import { diskFiles } from '../../server/config/sources.js';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { type SecretName, secretLabels } from './formats.js';
import type { SecretSet } from './wanted.js';

/** How far a SealedSecret may be moved and still be opened. */
const scopes = ['strict', 'namespace-wide', 'cluster-wide'] as const;
type Scope = (typeof scopes)[number];

const sessionKeyBytes = 32;
const minRsaBits = 2_048;
/** A session key seals one value, so its nonce need not differ from any other. */
const nonce = Buffer.alloc(12);

/** Reads --cert and --scope. Resolves to what makes the manifest of a set. @throws CliError (usage, config) */
export async function openSealer(invocation: Invocation, secret: SecretName): Promise<(set: SecretSet) => string> {
  const scope = scopes.find((each) => each === optionText(invocation, 'scope')) ?? 'strict';
  if (scope !== 'cluster-wide' && secret.namespace === null)
    throw new CliError(
      exitCodes.usage,
      `--namespace is missing: a Secret that is sealed ${scope} can be opened in its namespace only`,
      'add --namespace NAME, or seal it with --scope cluster-wide',
    );
  const label = optionText(invocation, 'cert');
  if (label === undefined)
    throw new CliError(
      exitCodes.usage,
      '--cert is missing: it names the certificate that the Secret is sealed with',
      'fetch it: `kubeseal --fetch-cert > controller.pem`',
    );
  const read = await diskFiles.text(resolve(invocation.io.cwd, label));
  if (!read.ok) throw new CliError(exitCodes.config, `--cert: ${label} ${read.reason}`, 'name a file in PEM');
  const key = sealingKey(read.text, label);
  return (set) => asSealedSecret(set, secret, scope, key);
}

function sealingKey(pem: string, label: string): KeyObject {
  const refused = (what: string, fix = 'fetch it: `kubeseal --fetch-cert > controller.pem`') =>
    new CliError(exitCodes.config, `--cert: ${label} ${what}`, fix);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    // What cannot be read may be anything, a private key too: nothing of it is told.
    throw refused('holds no certificate in PEM');
  }
  const until = Date.parse(certificate.validTo);
  if (!(until > systemClock.now()))
    throw refused(`has expired (${certificate.validTo})`, 'fetch the one that the controller uses now');
  const { publicKey } = certificate;
  if (publicKey.asymmetricKeyType !== 'rsa' || (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < minRsaBits)
    throw refused(`has no RSA key of ${minRsaBits} bits or more, which is what a controller has`);
  return publicKey;
}

function asSealedSecret(set: SecretSet, { name, namespace }: SecretName, scope: Scope, key: KeyObject): string {
  const label = Buffer.from(labelOf(scope, name, namespace ?? ''));
  const sealed = [...set].map(([entry, value]) => [entry, seal(value, label, key).toString('base64')] as const);
  const place = { name, ...(namespace === null ? {} : { namespace }) };
  return toStream([
    {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: {
        ...place,
        labels: secretLabels,
        ...(scope === 'strict' ? {} : { annotations: { [`sealedsecrets.bitnami.com/${scope}`]: 'true' } }),
      },
      spec: {
        encryptedData: Object.fromEntries(sealed),
        template: { metadata: { ...place, labels: secretLabels }, type: 'Opaque' },
      },
    },
  ]);
}

/** What the controller must know to open it: whoever moves it to another name cannot have it opened. */
function labelOf(scope: Scope, name: string, namespace: string): string {
  switch (scope) {
    case 'strict':
      return `${namespace}/${name}`;
    case 'namespace-wide':
      return namespace;
    case 'cluster-wide':
      return '';
    default:
      return scope satisfies never;
  }
}

/** The length of the sealed session key in two bytes, that key (RSA-OAEP with SHA-256), and the value (AES-256-GCM, the tag behind it). */
function seal(value: string, label: Buffer, key: KeyObject): Buffer {
  const session = Buffer.from(systemRandom.bytes(sessionKeyBytes));
  const sealedSession = publicEncrypt(
    {
      key,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha256',
      ...(label.length === 0 ? {} : { oaepLabel: label }),
    },
    session,
  );
  const length = Buffer.alloc(2);
  length.writeUInt16BE(sealedSession.length);
  const cipher = createCipheriv('aes-256-gcm', session, nonce);
  const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([length, sealedSession, text, cipher.getAuthTag()]);
}
