import { describe, expect, it } from 'vitest';
import { modelSpec } from '../../../src/server/config/model-spec.js';
import { hostName, httpUrl, network, origin, pathPrefix, port } from '../../../src/server/config/network-parsers.js';
import {
  byteSize,
  duration,
  flag,
  instant,
  listOf,
  oneOf,
  orOff,
  type Parser,
  secretText,
  text,
  wholeNumber,
} from '../../../src/server/config/parsers.js';

/** A parser, what it takes and makes of it, and what it refuses and says. */
interface Case {
  readonly name: string;
  readonly parser: Parser<unknown>;
  readonly takes: readonly (readonly [string, unknown])[];
  readonly refuses: readonly (readonly [string, RegExp])[];
}

const cases: readonly Case[] = [
  {
    name: 'whole number',
    parser: wholeNumber(1, 100),
    takes: [
      ['1', 1],
      ['100', 100],
    ],
    refuses: [
      ['0', /must be a whole number from 1 to 100/],
      ['101', /from 1 to 100/],
      ['1.5', /whole number/],
      ['1e2', /whole number/],
      ['0x10', /whole number/],
      [' 1', /whole number/],
      ['-1', /from 1 to 100/],
      ['', /whole number/],
      ['9'.repeat(400), /whole number/],
    ],
  },
  {
    name: 'duration',
    parser: duration(100, 3_600_000),
    takes: [
      ['500ms', 500],
      ['30s', 30_000],
      ['1.5s', 1_500],
      ['15m', 900_000],
      ['1h', 3_600_000],
    ],
    refuses: [
      ['30', /must be a duration such as 500ms, 30s, 15m or 1h/],
      ['30 s', /duration/],
      ['s', /duration/],
      ['-1s', /duration/],
      ['99ms', /must be from 100ms to 1h/],
      ['0', /must be from 100ms/],
      ['2h', /must be from 100ms to 1h/],
      ['999999999999h', /must be from/],
    ],
  },
  {
    name: 'duration that may be none',
    parser: duration(0, 1_000),
    takes: [['0', 0]],
    refuses: [['2s', /from 0 to 1s/]],
  },
  {
    name: 'size',
    parser: byteSize(1_024, 1_048_576),
    takes: [
      ['1KiB', 1_024],
      ['1MiB', 1_048_576],
      ['2000B', 2_000],
      ['0.5MiB', 524_288],
    ],
    refuses: [
      ['1MB', /must be a size such as 512KiB or 1MiB/],
      ['1048576', /size/],
      ['1GiB', /must be from 1KiB to 1MiB/],
    ],
  },
  {
    name: 'yes or no',
    parser: flag,
    takes: [
      ['true', true],
      ['TRUE', true],
      ['1', true],
      ['on', true],
      ['yes', true],
      ['false', false],
      ['0', false],
      ['off', false],
      ['no', false],
    ],
    refuses: [['maybe', /must be true or false/]],
  },
  {
    name: 'one of several words',
    parser: oneOf(['sqlite', 'mongodb']),
    takes: [
      ['sqlite', 'sqlite'],
      ['MongoDB', 'mongodb'],
    ],
    refuses: [['redis', /must be one of sqlite, mongodb/]],
  },
  { name: 'text', parser: text(3), takes: [['😀😀😀', '😀😀😀']], refuses: [['abcd', /at most 3 characters/]] },
  {
    name: 'point in time',
    parser: instant,
    takes: [
      ['2026-01-31T00:00:00Z', Date.UTC(2026, 0, 31)],
      ['2026-01-31T01:00:00+01:00', Date.UTC(2026, 0, 31)],
      ['2026-01-31T00:00:00.250Z', Date.UTC(2026, 0, 31) + 250],
      ['1769817600', 1_769_817_600_000],
    ],
    refuses: [
      ['yesterday', /must be a time such as/],
      ['2026-01-31', /must be a time/],
      ['2026-13-31T00:00:00Z', /must be a time/],
      ['1769817600000000', /must be a time/],
    ],
  },
  {
    name: 'off or a value',
    parser: orOff(port),
    takes: [
      ['off', null],
      ['9090', 9_090],
    ],
    refuses: [['none', /whole number/]],
  },
  {
    name: 'list',
    parser: listOf(wholeNumber(1, 9), 3),
    takes: [
      ['1, 2,3', [1, 2, 3]],
      ['', []],
      ['1,,2', [1, 2]],
    ],
    refuses: [
      ['1,10', /entry 2 must be a whole number/],
      ['1,2,3,4', /at most 3 entries/],
    ],
  },
  {
    name: 'port',
    parser: port,
    takes: [
      ['0', 0],
      ['65535', 65_535],
    ],
    refuses: [['65536', /from 0 to 65535/]],
  },
  {
    name: 'host',
    parser: hostName,
    takes: [
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '::1'],
      ['chat.example.com', 'chat.example.com'],
      ['localhost', 'localhost'],
    ],
    refuses: [
      ['localhost:8080', /without a port/],
      ['http://localhost', /IP address or host name/],
      ['-bad', /host name/],
      ['a'.repeat(254), /host name/],
    ],
  },
  {
    name: 'path prefix',
    parser: pathPrefix,
    takes: [
      ['/chatbox', '/chatbox'],
      ['/api/v1/chat', '/api/v1/chat'],
      ['/', ''],
      ['', ''],
    ],
    refuses: [
      ['chatbox', /must start with \//],
      ['/chatbox/', /must not end with \//],
      ['//chat', /single slashes/],
      ['/a b', /made of letters/],
      ['/..', /made of letters/],
      ['/:id', /made of letters/],
      [`/${'a'.repeat(201)}`, /at most 200/],
    ],
  },
  {
    name: 'network',
    parser: network,
    takes: [
      ['10.0.0.0/8', '10.0.0.0/8'],
      ['192.168.1.1', '192.168.1.1/32'],
      ['::1', '::1/128'],
      ['fd00::/8', 'fd00::/8'],
      ['0.0.0.0/0', '0.0.0.0/0'],
    ],
    refuses: [
      ['10.0.0.0/33', /prefix length from 0 to 32/],
      ['fd00::/129', /from 0 to 128/],
      ['10.0.0/8', /must be a network/],
      ['10.0.0.0/', /prefix length/],
      ['10.0.0.0/x', /prefix length/],
      ['example.com', /must be a network/],
    ],
  },
  {
    name: 'origin',
    parser: origin,
    takes: [
      ['https://chat.example.com', 'https://chat.example.com'],
      ['http://localhost:3000', 'http://localhost:3000'],
    ],
    refuses: [
      ['*', /must be an exact origin: \* would/],
      ['https://chat.example.com/', /without a path or a final slash/],
      ['https://chat.example.com:443', /exact origin/],
      ['chat.example.com', /exact origin/],
      ['null', /exact origin/],
      ['file:///x', /exact origin/],
    ],
  },
  {
    name: 'URL',
    parser: httpUrl,
    takes: [
      ['https://api.example.com/v1', 'https://api.example.com/v1'],
      ['https://api.example.com/v1/', 'https://api.example.com/v1'],
      ['http://127.0.0.1:9/v1', 'http://127.0.0.1:9/v1'],
    ],
    refuses: [
      ['api.example.com', /must be a URL/],
      ['ftp://example.com', /must start with https/],
      ['https://me:pw@example.com', /must not hold a user name or password/],
      ['https://example.com/#x', /must not have a # part/],
      [`https://example.com/${'a'.repeat(2_048)}`, /must be a URL/],
    ],
  },
  {
    name: 'model',
    parser: modelSpec,
    takes: [
      ['gpt-4o', { id: 'gpt-4o', name: 'gpt-4o', upstreamName: 'gpt-4o' }],
      ['gpt-4o=GPT 4o', { id: 'gpt-4o', name: 'GPT 4o', upstreamName: 'gpt-4o' }],
      ['fast = Fast one = meta/llama:8b', { id: 'fast', name: 'Fast one', upstreamName: 'meta/llama:8b' }],
    ],
    refuses: [
      ['a=b=c=d', /at most two = signs/],
      ['=Name', /empty part/],
      ['a==b', /empty part/],
      [`${'a'.repeat(101)}`, /id of at most 100/],
      [`a=${'n'.repeat(101)}`, /name of at most 100/],
      [`a=n=${'u'.repeat(201)}`, /upstream name of at most 200/],
    ],
  },
];

describe.each(cases)('a $name', ({ parser, takes, refuses }) => {
  it.each(takes)('takes %j', (raw, value) => {
    expect(parser.parse(raw)).toEqual({ ok: true, value });
  });

  it.each(refuses)('refuses %j and says why', (raw, reason) => {
    const result = parser.parse(raw);
    expect(result.ok).toBe(false);
    expect(result.ok ? '' : result.reason).toMatch(reason);
  });

  it('writes a value so that it is read back as it was', () => {
    for (const [raw] of takes) {
      const first = parser.parse(raw);
      if (!first.ok || first.value === null) continue;
      expect(parser.parse(parser.format(first.value))).toEqual(first);
    }
  });
});

describe('a secret', () => {
  const parser = secretText(10, (raw) => (raw === 'weak' ? 'is weak' : null));

  it('is opened by reveal and by nothing else', () => {
    const result = parser.parse('swordfish');
    expect(result.ok && result.value.reveal()).toBe('swordfish');
    const shown = result.ok ? [`${result.value}`, JSON.stringify(result), parser.format(result.value)] : [];
    expect(shown).toEqual(['[secret]', '{"ok":true,"value":"[secret]"}', '[secret]']);
  });

  it.each([
    [' swordfish', /white space/],
    ['swordfish\n', /white space or a line break/],
    ['swordfish-2', /at most 10 characters/],
    ['weak', /is weak/],
  ])('refuses %j without repeating it', (raw, reason) => {
    const result = parser.parse(raw);
    expect(result.ok ? '' : result.reason).toMatch(reason);
    expect(parser.quotable).toBe(false);
  });
});
