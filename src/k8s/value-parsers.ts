// Station: k8s. Names, images, labels and quantities of Kubernetes: text becomes values. Called by parse-options.
import { type Parser, parsed, parser, refused } from '../server/config/parsers.js';

/** A label of DNS, as names of namespaces and Services are, of at most `max` characters. */
export function dnsLabel(max: number): Parser<string> {
  return parser(`a name of at most ${max} small letters, digits and -`, (raw) =>
    raw.length <= max && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(raw)
      ? parsed(raw)
      : refused(`must be a name of at most ${max} small letters, digits and -, beginning with a letter`),
  );
}

const part = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const dottedName = new RegExp(`^${part}(\\.${part})*$`);

/** A name of labels with dots between, as most objects may have. */
export const objectName: Parser<string> = parser('a name of small letters, digits, - and .', (raw) =>
  raw.length <= 253 && dottedName.test(raw) ? parsed(raw) : refused('must be a name of small letters, digits, - and .'),
);

/** The Secret of a certificate. */
export const certificateName: Parser<string> = parser(objectName.kind, (raw) =>
  raw === '' || raw === 'off' || raw === 'none'
    ? refused('leaves the host without TLS: tokens would cross the network in the clear; it must name a Secret')
    : objectName.parse(raw),
);

/** A host name of at least two labels, without scheme, port or path. */
export const publicHost: Parser<string> = parser('a host name such as chat.example.com', (raw) => {
  if (raw.startsWith('http://'))
    return refused('asks for a host without TLS: tokens would cross the network in the clear');
  const isHost = raw.length <= 253 && raw.split('.').every((label) => label.length <= 63) && dottedName.test(raw);
  return isHost && raw.includes('.') && !/^[\d.]+$/.test(raw)
    ? parsed(raw)
    : refused('must be a host name such as chat.example.com, in small letters, without https://, port or path');
});

const digest = /@sha256:[0-9a-f]{64}$/;
const imageName =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** An image by digest, or with a tag that is not `latest` (R14). */
export const imageReference: Parser<string> = parser('an image by digest or with a version tag', (raw) => {
  if (raw.length > 500) return refused('must have at most 500 characters');
  const bare = raw.replace(digest, '');
  const tag = /:(\w[\w.-]{0,127})$/.exec(bare)?.[1];
  const name = tag === undefined ? bare : bare.slice(0, -tag.length - 1);
  if (!imageName.test(name)) return refused('must be an image such as registry.example.com/chatbox:1.2.3');
  if (tag === 'latest') return refused('is latest, which is another image tomorrow: name a version or a digest');
  return tag !== undefined || digest.test(raw)
    ? parsed(raw)
    : refused('names neither a version nor a digest: what runs would depend on the day');
});

const labelValue = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const labelKey = /^(?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** Text that may be the value of a label. */
export const labelText: Parser<string> = parser('at most 63 letters, digits, - . _', (raw) =>
  raw.length <= 63 && labelValue.test(raw) ? parsed(raw) : refused('must be at most 63 letters, digits, - . _'),
);

/** One label. */
export const label: Parser<readonly [string, string]> = parser(
  'a label such as app=traefik',
  (raw) => {
    const [key = '', value = '', ...more] = raw.split('=');
    const isLabel = more.length === 0 && key.length <= 253 && labelKey.test(key) && labelText.parse(value).ok;
    return isLabel ? parsed([key, value] as const) : refused('must be a label such as app=traefik');
  },
  ([key, value]) => `${key}=${value}`,
);

/** Processor time, in thousandths of a core. */
export const cpuQuantity: Parser<number> = parser(
  'processor time such as 250m or 2',
  (raw) => {
    const milli = /^\d{1,6}m$/.test(raw) ? Number(raw.slice(0, -1)) : Math.round(Number(raw) * 1_000);
    const isWritten = /^(\d{1,6}m|\d{1,3}(\.\d{1,3})?)$/.test(raw);
    return isWritten && milli >= 10 && milli <= 256_000
      ? parsed(milli)
      : refused('must be processor time such as 250m or 2, from 10m to 256');
  },
  (milli) => (milli % 1_000 === 0 ? String(milli / 1_000) : `${milli}m`),
);

/** Memory or storage in MiB, from `min` to `max` MiB. */
export function mebibytes(min: number, max: number): Parser<number> {
  const range = `from ${formatMiB(min)} to ${formatMiB(max)}`;
  return parser(
    `a size such as 512Mi or 2Gi, ${range}`,
    (raw) => {
      const match = /^(\d{1,8})(Mi|Gi)$/.exec(raw);
      const value = Number(match?.[1]) * (match?.[2] === 'Gi' ? 1_024 : 1);
      return value >= min && value <= max ? parsed(value) : refused(`must be a size such as 512Mi or 2Gi, ${range}`);
    },
    formatMiB,
  );
}

/** As a quantity of Kubernetes. */
export function formatMiB(value: number): string {
  return value % 1_024 === 0 ? `${value / 1_024}Gi` : `${value}Mi`;
}
