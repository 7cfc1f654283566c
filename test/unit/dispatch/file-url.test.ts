// Which file URLs a user may share.
import { describe, expect, it } from 'vitest';
import { checkFileUrl } from '../../../src/server/dispatch/file-url.js';

describe('L1: a file URL', () => {
  it.each([
    'https://files.example.com/a.png',
    'https://files.example.com:8443/a?x=1#y',
    'https://8.8.8.8/a',
    'https://[2606:4700::1111]/a',
    'https://localhost.example.com/a',
    'https://xn--bcher-kva.example/a',
  ])('%s of a public host passes', (url) => {
    expect(() => checkFileUrl(url)).not.toThrow();
  });

  it.each<readonly [string, string]>([
    ['http://files.example.com/a', 'must be an https:// URL'],
    ['ftp://files.example.com/a', 'must be an https:// URL'],
    ['javascript:alert(1)', 'must be an https:// URL'],
    ['data:text/html,x', 'must be an https:// URL'],
    ['//files.example.com/a', 'must be an https:// URL'],
    ['not a url', 'must be an https:// URL'],
    ['https://', 'must be an https:// URL'],
    ['https://user@files.example.com/a', 'must hold no user name or password'],
    ['https://:pass@files.example.com/a', 'must hold no user name or password'],
    ...[
      'https://localhost/a',
      'https://LOCALHOST./a',
      'https://a.localhost/a',
      'https://printer.local/a',
      'https://vault.internal/a',
      'https://metadata.google.internal./a',
      'https://intranet/a',
      'https://0.0.0.0/a',
      'https://10.1.2.3/a',
      'https://100.64.0.1/a',
      'https://127.0.0.1/a',
      'https://127.1/a',
      'https://2130706433/a',
      'https://0x7f.0.0.1/a',
      'https://127.0.0.1./a',
      'https://169.254.169.254/latest/meta-data',
      'https://172.16.0.1/a',
      'https://192.0.0.1/a',
      'https://192.168.1.1/a',
      'https://198.18.0.1/a',
      'https://224.0.0.1/a',
      'https://255.255.255.255/a',
      'https://[::]/a',
      'https://[::1]/a',
      'https://[::ffff:10.0.0.1]/a',
      'https://[::10.0.0.1]/a',
      'https://[64:ff9b::a00:1]/a',
      'https://[64:ff9b:1::a00:1]/a',
      'https://[2002:a00:1::]/a',
      'https://[fc00::1]/a',
      'https://[fd12::1]/a',
      'https://[fe80::1]/a',
      'https://[ff02::1]/a',
    ].map((url) => [url, 'must name a public host'] as const),
  ])('%s is refused and never repeated', (url, why) => {
    let refused: unknown;
    try {
      checkFileUrl(url);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: 'INVALID_FORMAT', message: `"file_url" ${why}.` });
  });
});
