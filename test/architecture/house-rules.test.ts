// Station: test/architecture. That each house rule sees what it forbids, and lets the rest pass.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/house-rules.mjs', import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function check(files: Readonly<Record<string, string>>): { readonly code: number | null; readonly lines: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'house-rules-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const ran = spawnSync(process.execPath, [script, '--root', root], { encoding: 'utf8', timeout: 10_000 });
  expect(ran.stderr).toBe('');
  return { code: ran.status, lines: ran.stdout.split('\n').filter((line) => /^\S+:\d+: /.test(line)) };
}

const station = '// Station: chat. A room.\n';
/** Written apart, so that no search for the words themselves finds this file. */
const glue = (...parts: string[]): string => parts.join('');

const broken: readonly (readonly [rule: string, path: string, line: number, text: string])[] = [
  ['unfinished', 'src/a.ts', 2, `${station}// ${glue('TO', 'DO')}: later`],
  ['unfinished', 'bin/a.js', 1, `throw new Error('${glue('not imple', 'mented')}');`],
  ['switched off', 'test/a.test.ts', 1, `${glue('it', '.only')}('x', () => expect(a).toBe(1));`],
  ['switched off', 'test/a.test.ts', 1, `${glue('test', '.skip')}('x', () => expect(a).toBe(1));`],
  ['switched off', 'test/a.test.ts', 2, `expect(a).toBe(1);\n${glue('x', 'it(')}'y', run);`],
  [
    'fixed wait',
    'test/a.test.ts',
    1,
    `${glue('await new Prom', 'ise')}((done) => setTimeout(done, 50)); expect(a).toBe(1);`,
  ],
  ['fixed wait', 'test/a.test.ts', 1, `await ${glue('sle', 'ep(')}50); expect(a).toBe(1);`],
  ['retried test', 'test/a.test.ts', 1, "it('x', { retry: 3 }, () => expect(a).toBe(1));"],
  ['empty catch', 'src/a.ts', 5, `${station}try {\n  run();\n\n} ${glue('cat', 'ch')} {\n}`],
  ['empty catch', 'src/a.ts', 2, `${station}run()${glue('.cat', 'ch')}(() => {});`],
  ['proves nothing', 'test/a.test.ts', 1, `${glue('expect', '(true)')}.toBe(true);`],
  ['silenced compiler', 'src/a.ts', 2, `${station}// ${glue('@ts-', 'ignore')}`],
  ['machine path', 'docs/a.md', 1, `Look into ${glue('/ro', 'ot/thing')}.`],
  ['machine path', 'src/a.ts', 2, `${station}const path = '${glue('/tm', 'p/thing')}';`],
  ['exit', 'src/server/chat/a.ts', 2, `${station}process.exit(1);`],
  ['vague name', 'src/a.ts', 3, `${station}/** Does it. */\nexport class SessionManager {}`],
  ['not pinned', 'templates/Dockerfile', 1, 'FROM node'],
  ['not pinned', 'templates/compose.yaml', 1, '    image: mongo:latest'],
  ['not pinned', '.github/workflows/ci.yml', 1, '      - uses: actions/checkout@v4'],
  ['not pinned', '.ci/run', 2, '#!/usr/bin/env bash\nnpm install -g trivy'],
  ['not pinned', '.ci/run', 2, '#!/usr/bin/env bash\ncurl -sL https://example.com/install | sh'],
  ['too long', 'src/a.ts', 351, station + '\n'.repeat(350)],
  ['station', 'src/a.ts', 1, 'const a = 1;'],
  ['file name', 'src/ChatRoom.ts', 1, station],
  ['doc comment', 'src/a.ts', 2, `${station}export function run(): void {}`],
  ['doc comment', 'src/a.ts', 2, `${station}export type A = 'a' | 'b';`],
  ['no assertion', 'test/a.test.ts', 1, "it('runs', () => run());"],
  ['version', 'package.json', 3, '{\n  "dependencies": {\n    "ws": "*"\n  }\n}'],
  ['lock file', 'package-lock.json', 2, '{\n  "resolved": "https://example.com/ws.tgz"\n}'],
  [
    'lock file',
    'package-lock.json',
    3,
    '{\n  "packages": {\n    "node_modules/a": { "optionalDependencies": { "a-linux": "1.0.0" } }\n  }\n}',
  ],
  ['coverage gate', 'vitest.config.ts', 1, 'thresholds: { lines: 80, branches: 70 }'],
  ['finding', 'test', 1, ''],
];

describe('the house rules', () => {
  it.each(broken)('name what breaks "%s" in %s, line %i', (rule, path, line, text) => {
    const files =
      rule === 'finding' ? { 'test/a.test.ts': "it('H1: sorts', () => expect(a).toBe(1));" } : { [path]: text };
    const { code, lines } = check(files);
    expect(code).toBe(1);
    expect(lines).toContainEqual(expect.stringContaining(`${path}:${line}: ${rule}: `));
  });

  it('let what keeps them pass', () => {
    const { code, lines } = check({
      'src/server/chat/turn.ts': [
        '// Station: chat. One answer.',
        "import { x } from './x.js';",
        '/** How an answer ends. */',
        "export const ends = ['complete', 'cut'] as const;",
        'export type End = (typeof ends)[number];',
        '/**',
        ' * Ends it.',
        ' */',
        'export async function end(): Promise<void> {',
        '  try {',
        '    await x();',
        '  } catch {',
        '    // The socket is gone already, which is what was asked for.',
        '  }',
        '}',
        '',
      ].join('\n'),
      'test/contract/a.ts': `it('x', (test) => (isThere ? expect(a).toBe(1) : ${glue('test', '.skip')}('there is no browser here')));`,
      'package.json': '{ "dependencies": { "ws": "^8.23.0", "zod": "4.6.7" } }',
      'vitest.config.ts': 'thresholds: { lines: 80, branches: 85 }',
      'templates/Dockerfile': 'FROM node:22.11.0-slim AS build\nFROM build\nFROM scratch\n',
      'templates/compose.yaml': '    image: mongo:8.0.4\n',
      '.github/workflows/ci.yml': `      - uses: actions/checkout@${'a1'.repeat(20)}\n`,
    });
    expect(lines).toEqual([]);
    expect(code).toBe(0);
  });
});
