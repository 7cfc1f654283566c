// Station: test. Whose address counts, behind proxies that are trusted and in front of those that are not.
import { describe, expect, it } from 'vitest';
import { addressKey, clientAddress, trustProxies } from '../../../src/server/door/client-address.js';

const nobody = trustProxies([]);
const ours = trustProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);

describe('R5: X-Forwarded-For', () => {
  it('is ignored when no proxy is trusted', () => {
    expect(clientAddress('203.0.113.9', '198.51.100.1', nobody)).toBe('203.0.113.9');
  });

  it('is ignored from a peer that is no trusted proxy', () => {
    expect(clientAddress('203.0.113.9', '198.51.100.1', ours)).toBe('203.0.113.9');
  });

  it('names the client when a trusted proxy sent it', () => {
    expect(clientAddress('10.1.2.3', '198.51.100.1', ours)).toBe('198.51.100.1');
    expect(clientAddress('fd00::1', '198.51.100.1', ours)).toBe('198.51.100.1');
  });

  it('is read from the right, so that what the client made up on the left does not count', () => {
    expect(clientAddress('10.1.2.3', '1.1.1.1, 198.51.100.1, 192.0.2.7, 10.9.9.9', ours)).toBe('198.51.100.1');
  });

  it('ends at an entry that is no address', () => {
    expect(clientAddress('10.1.2.3', '198.51.100.1, evil, 10.0.0.5', ours)).toBe('10.0.0.5');
    expect(clientAddress('10.1.2.3', '', ours)).toBe('10.1.2.3');
    expect(clientAddress('10.1.2.3', 'unknown', ours)).toBe('10.1.2.3');
  });

  it('names the outermost proxy when every hop is ours', () => {
    expect(clientAddress('10.1.2.3', '10.0.0.1, 10.0.0.2', ours)).toBe('10.0.0.1');
  });

  it('is followed for 32 hops and no more', () => {
    const hops = Array.from({ length: 40 }, (_, at) => `10.0.1.${at}`);
    expect(clientAddress('10.1.2.3', ['198.51.100.1', ...hops].join(', '), ours)).toBe('10.0.1.8');
  });

  it('may carry ports, brackets and IPv4 in IPv6 clothes', () => {
    expect(clientAddress('::ffff:10.1.2.3', '198.51.100.1:4711', ours)).toBe('198.51.100.1');
    expect(clientAddress('10.1.2.3', '[2001:db8::5]:443', ours)).toBe('2001:db8::5');
    expect(clientAddress('10.1.2.3', '::FFFF:198.51.100.1', ours)).toBe('198.51.100.1');
  });
});

describe('an address', () => {
  it('has a name even when the peer hung up', () => {
    expect(clientAddress(undefined, '198.51.100.1', ours)).toBe('unknown');
  });

  it('is counted by itself for IPv4, by its /64 for IPv6', () => {
    expect(addressKey('198.51.100.1')).toBe('198.51.100.1');
    expect(addressKey('unknown')).toBe('unknown');
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:0db8:0001:0002::9')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(addressKey('::1')).toBe('0:0:0:0::/64');
    expect(addressKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  });
});

describe('a list of trusted proxies', () => {
  it.each(['proxy.internal', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/x', 'fd00::/129', ''])(
    'refuses "%s" by name',
    (entry) => {
      expect(() => trustProxies([entry])).toThrow(`"${entry}"`);
    },
  );

  it('trusts nobody whose address is none', () => {
    expect(ours('not an address')).toBe(false);
  });
});
