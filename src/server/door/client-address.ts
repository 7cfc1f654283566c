// Station: door. Whose address a request comes from, behind proxies that we trust and in front of those that we don't (finding R5).
// Called by the upgrade and by the HTTP routes.
import { BlockList, isIP } from 'node:net';

/** Hops of `X-Forwarded-For` that are followed; what lies behind them is not looked at. */
const maxHops = 32;

/** Whether an address is one of our proxies. */
export type TrustedProxies = (address: string) => boolean;

/**
 * Compiles a list of addresses and CIDR ranges.
 * @throws RangeError naming the entry that is neither
 */
export function trustProxies(ranges: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix, ...rest] = range.split('/');
    const version = isIP(address);
    const bits = version === 6 ? 128 : 32;
    const length = prefix === undefined ? bits : Number(prefix);
    const isRange = rest.length === 0 && prefix !== '' && Number.isInteger(length) && length >= 0 && length <= bits;
    if (version === 0 || !isRange) {
      throw new RangeError(`"${range}" is neither an address nor a range like 10.0.0.0/8 or fd00::/8`);
    }
    list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}

/**
 * The address of the client: the peer's own, unless the peer is a trusted proxy; then the last address of `X-Forwarded-For` that is none.
 * An entry that is no address ends the walk, so that nobody is counted under a made-up name.
 * @param peer the address of the TCP peer; undefined once it hung up
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  isTrusted: TrustedProxies,
): string {
  let current = plainAddress(peer ?? '') ?? 'unknown';
  if (forwardedFor === undefined || !isTrusted(current)) return current;
  const hops = forwardedFor.split(',').slice(-maxHops);
  for (let at = hops.length - 1; at >= 0; at -= 1) {
    const next = plainAddress((hops[at] ?? '').trim());
    if (next === null) return current;
    current = next;
    if (!isTrusted(current)) return current;
  }
  return current;
}

/** The key under which an address is counted: itself, or for IPv6 its /64, since one host has all of that. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: Math.max(0, gap) }, () => '0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** An address without a port, brackets or the prefix of an IPv4 address in IPv6 clothes; null when it is none. */
function plainAddress(text: string): string | null {
  let address = text;
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text);
  if (bracketed !== null) address = bracketed[1] ?? '';
  else if (/^[\d.]+:\d{1,5}$/.test(text)) address = text.slice(0, text.indexOf(':'));
  if (/^::ffff:[\d.]+$/i.test(address)) address = address.slice(7);
  return isIP(address) === 0 ? null : address;
}
