// Station: test/architecture. The arrows of the house, read from the imports; and that the reader sees each way to break one.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkArrows, type Violation } from './arrows.js';
import { readImports } from './read-imports.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

function sourceFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const found of readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true })) {
    if (!found.isFile() || !/\.tsx?$/.test(found.name)) continue;
    const path = join(found.parentPath, found.name);
    files.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
  }
  return files;
}

function check(files: Readonly<Record<string, string>>): Violation[] {
  return checkArrows(new Map(Object.entries(files)));
}

function rules(files: Readonly<Record<string, string>>): string[] {
  return check(files).map(({ file, line, rule }) => `${file}:${line} ${rule}`);
}

describe('the arrows of the house', () => {
  it('all point the right way', () => {
    const files = sourceFiles();
    expect(files.size).toBeGreaterThan(10);
    expect(checkArrows(files).map(({ file, line, rule, why }) => `${file}:${line}: ${rule}: ${why}`)).toEqual([]);
  });
});

describe('the reader of imports', () => {
  it('reads every form of import and export, with its line', () => {
    const source = [
      "import a from 'a';",
      "import type { B } from 'b';",
      'import {',
      '  type C,',
      '  type D,',
      "} from 'c';",
      "import { type E, e } from 'd';",
      "import 'e';",
      "export { f } from 'f';",
      "export * from 'g';",
      "export type { H } from 'h';",
      "const i = await import('i');",
      "type J = import('j').J;",
      "import * as k from 'k';",
    ].join('\n');
    expect(
      readImports(source).imports.map((found) => [found.specifier, found.line, found.isType, found.isLazy]),
    ).toEqual([
      ['a', 1, false, false],
      ['b', 2, true, false],
      ['c', 3, true, false],
      ['d', 7, false, false],
      ['e', 8, false, false],
      ['f', 9, false, false],
      ['g', 10, false, false],
      ['h', 11, true, false],
      ['k', 14, false, false],
      ['i', 12, false, true],
      ['j', 13, true, false],
    ]);
  });

  it('reads no import out of comments, strings and plain exports', () => {
    const source = [
      "// import a from 'a';",
      '/**',
      " * import b from 'b';",
      ' */',
      "export const from = 'c';",
      "const text = `d from 'd'`;",
      "export function importAll(): string { return 'e'; }",
      "const f = 1; // import('f')",
      "export const isStart = (name: string): boolean => name === 'from' || name === 'to';",
    ].join('\n');
    expect(readImports(source)).toEqual({ imports: [], unreadable: [] });
  });
});

describe('the checker of arrows', () => {
  it('names an import against an arrow', () => {
    expect(
      rules({
        'src/server/ports/store.ts': '',
        'src/server/chat/turn.ts': "import { openStore } from '../store/sqlite/open.js';",
        'src/server/store/sqlite/open.ts': "import type { LlmError } from '../../ports/llm.js';",
        'src/server/ports/llm.ts': "import { x } from '../chat/x.js';",
        'src/server/chat/x.ts': "import type { Config } from '../config/schema.js';",
        'src/server/config/schema.ts': '',
      }),
    ).toEqual(['src/server/chat/turn.ts:1 arrow', 'src/server/ports/llm.ts:1 arrow', 'src/server/chat/x.ts:1 arrow']);
  });

  it('names adapters that import each other, also by type and lazily', () => {
    expect(
      rules({
        'src/server/llm/echo.ts':
          "import type { Redis } from '../bus/redis.js';\nconst s = await import('../store/open.js');",
        'src/server/bus/redis.ts': '',
        'src/server/store/open.ts': '',
      }),
    ).toEqual(['src/server/llm/echo.ts:1 arrow', 'src/server/llm/echo.ts:2 arrow']);
  });

  it('lets the door see only the interface of chat', () => {
    expect(
      rules({
        'src/server/chat/api.ts': '',
        'src/server/chat/session.ts': '',
        'src/server/door/routes.ts':
          "import type { Chat } from '../chat/api.js';\nimport { S } from '../chat/session.js';",
      }),
    ).toEqual(['src/server/door/routes.ts:2 arrow']);
  });

  it('names a package outside of its folder, and one that has none', () => {
    expect(
      rules({
        'src/server/chat/a.ts': "import { WebSocket } from 'ws';",
        'src/server/door/b.ts': "import { WebSocket } from 'ws';\nimport cors from '@fastify/cors';",
        'src/server/door/c.ts': "import left from 'left-pad';",
        'src/cli/commands/d.ts': "import { Box } from 'ink';",
        'src/server/parts.d.ts': "declare module 'ws/lib/sender.js' {\n  import { Sender } from 'ws';\n}",
      }),
    ).toEqual(['src/server/chat/a.ts:1 vendor', 'src/server/door/c.ts:1 vendor', 'src/cli/commands/d.ts:1 vendor']);
  });

  it('names what a browser could not load with the client, and lets types pass', () => {
    expect(
      rules({
        'src/protocol/inbound.ts': "import { z } from 'zod';\nimport { limits } from './limits.js';",
        'src/protocol/limits.ts': '',
        'src/client/ok.ts':
          "import type { X } from '../protocol/inbound.js';\nimport { limits } from '../protocol/limits.js';",
        'src/client/bad.ts': "import { inbound } from '../protocol/inbound.js';",
        'src/client/node.ts': "import { connect } from 'node:net';",
      }),
    ).toEqual(['src/protocol/inbound.ts:1 browser', 'src/client/node.ts:1 browser']);
  });

  it('names a read of the process or its environment below main, config and cli', () => {
    expect(
      rules({
        'src/server/chat/a.ts': 'const dir = process.env.HOME;',
        'src/server/llm/b.ts': "import { env } from 'node:process';",
        'src/server/config/c.ts': 'const dir = process.env.HOME;',
        'src/server/main.ts': "process.once('SIGTERM', stop);",
        'src/common/d.ts': '// process.env is not read here\nconst process_ = 1;',
      }),
    ).toEqual(['src/server/chat/a.ts:1 process', 'src/server/llm/b.ts:1 process']);
  });

  it('names clock, timers and randomness that did not come as arguments', () => {
    expect(
      rules({
        'src/server/chat/a.ts':
          'const t = Date.now();\nsetTimeout(run, 5);\nconst x = Math.random();\nclock.setTimeout(run);',
        'src/server/store/b.ts': 'const id = randomUUID();\nconst day = new Date(at);',
        'src/common/clock.ts': 'const t = Date.now();',
      }),
    ).toEqual([
      'src/server/chat/a.ts:1 time',
      'src/server/chat/a.ts:2 time',
      'src/server/chat/a.ts:3 time',
      'src/server/store/b.ts:1 time',
    ]);
  });

  it('names a heavy import that every command would pay for, wherever it hides', () => {
    expect(
      rules({
        'src/cli/main.ts': "import { Command } from 'commander';\nimport { serve } from './commands/serve.js';",
        'src/cli/commands/serve.ts':
          "import { paint } from '../paint.js';\nconst load = () => import('../ui/chat.js');",
        'src/cli/paint.ts': "import { stringify } from 'yaml';",
        'src/cli/ui/chat.tsx': "import { Box } from 'ink';",
      }),
    ).toEqual(['src/cli/paint.ts:1 lazy']);
  });

  it('names a cycle with its way round, also one of types', () => {
    const found = check({
      'src/server/chat/a.ts': "import { b } from './b.js';",
      'src/server/chat/b.ts': "import { c } from './c.js';",
      'src/server/chat/c.ts': "import type { A } from './a.js';",
    });
    expect(found.map(({ rule, why }) => `${rule} ${why}`)).toEqual([
      'cycle src/server/chat/a.ts -> src/server/chat/b.ts -> src/server/chat/c.ts -> src/server/chat/a.ts',
    ]);
  });

  it('names a file of k8s that is not pure', () => {
    expect(
      rules({
        'src/k8s/render.ts': "import { readFileSync } from 'node:fs';\nimport { createHash } from 'node:crypto';",
      }),
    ).toEqual(['src/k8s/render.ts:1 pure']);
  });

  it('names a file outside of every station, an import out of src and one that it can not read', () => {
    expect(
      rules({
        'src/utils/a.ts': "import { b } from '../common/b.js';",
        'src/common/b.ts': "import pkg from '../../package.json';\nconst c = await import(name);",
      }),
    ).toEqual(['src/common/b.ts:2 unreadable', 'src/utils/a.ts:1 unknown', 'src/common/b.ts:1 arrow']);
  });
});
