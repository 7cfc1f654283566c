// Station: dispatch. Which file URLs a user may share (finding L1). Pure; called by handlers.
import { BlockList, isIP } from 'node:net';
import { WireError } from '../../protocol/errors.js';

const closed = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  closed.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  // The last four carry an IPv4 address inside, which may be any of the above.
  ['100::', 64],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  closed.addSubnet(network, bits, 'ipv6');
}

const closedNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp)\.?$/;

/** Lets an `https:` URL of a public host pass. @throws WireError INVALID_FORMAT, saying what is wrong with it and never repeating it */
export function checkFileUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'https:') throw refused('must be an https:// URL');
  if (url.username !== '' || url.password !== '') throw refused('must hold no user name or password');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const version = isIP(host);
  const isClosed =
    version === 0 ? closedNames.test(host) || !host.includes('.') : closed.check(host, version === 4 ? 'ipv4' : 'ipv6');
  if (isClosed) throw refused('must name a public host');
}

function refused(why: string): WireError {
  return new WireError('INVALID_FORMAT', `"file_url" ${why}.`);
}
