// Station: config. Addresses, networks, origins and URLs. Called by fields/*.
import { isIP } from 'node:net';
import { type Parser, parsed, parser, refused, wholeNumber } from './parsers.js';

/** A TCP port; 0 lets the system choose. */
export const port: Parser<number> = wholeNumber(0, 65_535);

/** An address or a host name to listen on. */
export const hostName: Parser<string> = parser('an IP address or host name', (raw) =>
  isIP(raw) !== 0 || /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(raw)
    ? parsed(raw)
    : refused('must be an IP address or host name, without a port'),
);

/** A path prefix: `` for none, else with a slash before and none after. */
export const pathPrefix: Parser<string> = parser('a path that starts with /, or / for none', (raw) => {
  if (raw === '' || raw === '/') return parsed('');
  if (!raw.startsWith('/')) return refused('must start with /');
  if (raw.endsWith('/')) return refused('must not end with /');
  if (raw.length > 200) return refused('must have at most 200 characters');
  return /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/.test(raw)
    ? parsed(raw)
    : refused('must be made of letters, digits, - . _ ~ between single slashes');
});

/** An IP network in CIDR notation, or one address. */
export const network: Parser<string> = parser('a network such as 10.0.0.0/8, or an address', (raw) => {
  const slash = raw.indexOf('/');
  const address = slash === -1 ? raw : raw.slice(0, slash);
  const family = isIP(address);
  if (family === 0) return refused('must be a network such as 10.0.0.0/8, or an IP address');
  const widest = family === 4 ? 32 : 128;
  if (slash === -1) return parsed(`${address}/${widest}`);
  const bits = raw.slice(slash + 1);
  return /^\d{1,3}$/.test(bits) && Number(bits) <= widest
    ? parsed(`${address}/${Number(bits)}`)
    : refused(`must have a prefix length from 0 to ${widest} after the /`);
});

/** A web origin as browsers send it. */
export const origin: Parser<string> = parser('an origin such as https://chat.example.com', (raw) => {
  if (raw === '*') return refused('must be an exact origin: * would let every site use the tokens of your users');
  const exact = URL.canParse(raw) ? new URL(raw).origin : null;
  return exact !== null && exact !== 'null' && exact === raw
    ? parsed(raw)
    : refused('must be an exact origin such as https://chat.example.com, without a path or a final slash');
});

/** An HTTP(S) URL without credentials; without a final slash. */
export const httpUrl: Parser<string> = {
  kind: 'an http or https URL',
  many: false,
  quotable: false,
  parse(raw) {
    if (raw.length > 2_048 || !URL.canParse(raw)) return refused('must be a URL such as https://api.example.com/v1');
    const url = new URL(raw);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused('must start with https:// or http://');
    if (url.username !== '' || url.password !== '') return refused('must not hold a user name or password');
    if (url.hash !== '') return refused('must not have a # part');
    return parsed(raw.replace(/\/+$/, ''));
  },
  format: (value) => value,
};
