// Station: test/helpers. A certificate that signs itself, written byte by byte (X.509 in DER), since Node reads certificates and makes none. Called by tests of TLS and of sealing.
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate in PEM, with its private key. */
export interface Certificate {
  readonly pem: string;
  readonly keyPem: string;
  readonly privateKey: KeyObject;
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
/** YYMMDDhhmmssZ */
const time = (date: Date): Buffer =>
  der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

const names = { commonName: hex('0603550403'), altNames: hex('0603551d11'), constraints: hex('0603551d13') };
const signatures = {
  rsa: sequence(hex('06092a864886f70d01010b'), hex('0500')),
  ec: sequence(hex('06082a8648ce3d040302')),
};

/** Makes one for an IPv4 address (127.0.0.1 when left out), which is its own authority. @param days until it expires; negative for one that has */
export function selfSigned({
  days = 30,
  kind = 'rsa',
  ip = '127.0.0.1',
  bits = 2048,
}: {
  readonly days?: number;
  readonly kind?: 'rsa' | 'ec';
  readonly ip?: string;
  readonly bits?: number;
} = {}): Certificate {
  const { publicKey, privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const dayMs = 86_400_000;
  const until = Date.now() + days * dayMs;
  const name = sequence(der(0x31, sequence(names.commonName, der(0x0c, Buffer.from('chatbox test')))));
  const altNames = sequence(names.altNames, der(0x04, sequence(der(0x87, Buffer.from(ip.split('.').map(Number))))));
  const isAuthority = sequence(names.constraints, hex('0101ff'), der(0x04, sequence(hex('0101ff'))));
  const body = sequence(
    der(0xa0, hex('020102')),
    hex('020101'),
    signatures[kind],
    name,
    sequence(time(new Date(until - 60 * dayMs)), time(new Date(until))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(isAuthority, altNames)),
  );
  const whole = sequence(body, signatures[kind], der(0x03, hex('00'), sign('sha256', body, privateKey)));
  const lines = whole.toString('base64').replace(/.{1,64}/g, '$&\n');
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    pem: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    keyPem,
    privateKey: createPrivateKey(keyPem),
  };
}
