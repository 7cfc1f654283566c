import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { initFiles } from '../../src/cli/init/init-files.js';
import { catalog, providerCatalog } from '../../src/server/config/catalog.js';
import { isPlaceholder } from '../../src/server/config/placeholder.js';
import { runCli, temporaryFolder } from '../helpers/cli.js';
import { loadGood } from '../helpers/config.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = new Map((await initFiles()).map(({ path, text }) => [path, text]));
const file = (path: string): string => files.get(path) ?? '';

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image?: string;
        readonly environment: Readonly<Record<string, string | null>>;
        readonly stop_grace_period?: string;
        readonly healthcheck?: { readonly test: readonly string[] };
        readonly volumes: readonly string[];
      }
    >
  >;
}
const compose = parse(file('compose.yaml')) as Compose;

async function everything(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

describe('chatbox init', () => {
  it('writes every file, lists it, and changes nothing when it is run again', async () => {
    const folder = join(await temporaryFolder(), 'new/deploy');
    const { code, stdout } = await runCli(['init', folder, '--json']);
    expect(code).toBe(0);
    const listed = JSON.parse(stdout) as { folder: string; files: { path: string; state: string }[] };
    expect(listed.folder).toBe(folder);
    expect(listed.files.every(({ state }) => state === 'written')).toBe(true);
    expect([...(await everything(folder))].sort()).toEqual([...files.keys()].sort());
    expect(listed.files.map(({ path }) => path).sort()).toEqual([...files.keys()].sort());
    for (const [path, text] of files) expect(await readFile(join(folder, path), 'utf8')).toBe(text);
    const again = await runCli(['init'], { cwd: folder });
    expect(again.code).toBe(0);
    expect(again.stdout.match(/ unchanged /g)).toHaveLength(files.size);
  });

  it('writes nothing with --dry-run', async () => {
    const folder = await temporaryFolder();
    const { code, stdout } = await runCli(['init', '--dry-run'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('would be written');
    expect(await everything(folder)).toEqual([]);
  });

  it('refuses to overwrite, names what is in the way and writes nothing; --force replaces it', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'Dockerfile'), 'FROM mine\n');
    await mkdir(join(folder, '.github/workflows'), { recursive: true });
    await writeFile(join(folder, '.github/workflows/ci.yml'), 'mine\n');
    const refused = await runCli(['init'], { cwd: folder });
    expect(refused).toMatchObject({ code: 6, stdout: '' });
    expect(refused.stderr).toContain('Dockerfile, .github/workflows/ci.yml');
    expect(refused.stderr).toContain('--force');
    expect(await everything(folder)).toHaveLength(2);
    const forced = await runCli(['init', '--force', '--json'], { cwd: folder });
    expect(forced.code).toBe(0);
    expect(forced.stdout).toContain('{"path":"Dockerfile","state":"replaced"');
    expect(await readFile(join(folder, 'Dockerfile'), 'utf8')).toBe(file('Dockerfile'));
  });

  it('refuses what cannot be written, whatever is forced', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'compose.yaml'));
    expect(await runCli(['init', '--force'], { cwd: folder })).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('is a folder'),
    });
    expect(await everything(folder)).toEqual([]);
    await writeFile(join(folder, 'plain'), '');
    expect(await runCli(['init', 'plain'], { cwd: folder })).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('below a file'),
    });
    await symlink('/proc/1', join(folder, 'away'));
    expect((await runCli(['init', 'away'], { cwd: folder })).code).not.toBe(0);
  });

  it('makes the variables of the schema, none of them with a value that must be replaced', () => {
    const example = file('.env.example');
    for (const { env } of [...catalog, ...providerCatalog(1)]) expect(example).toContain(`\n#${env[0]}=`);
    for (const [path, text] of files) {
      expect(
        text
          .split('\n')
          .filter((line) => isPlaceholder(line, true))
          .map((line) => `${path}: ${line}`),
      ).toEqual([]);
    }
  });

  it('writes a config file with which the server starts, on the defaults that it names', async () => {
    const { config } = await loadGood({ configFile: 'chatbox.yaml' }, { '/home/chatbox.yaml': file('chatbox.yaml') });
    const plain = await loadGood();
    expect(config).toEqual(plain.config);
  });
});

describe('the Dockerfile', () => {
  const text = file('Dockerfile');
  const instructions = text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));

  it('of this repository is that of the template, and so is what stays out of the image', async () => {
    expect(await readFile(join(root, 'Dockerfile'), 'utf8')).toBe(text);
    expect(await readFile(join(root, '.dockerignore'), 'utf8')).toBe(file('.dockerignore'));
  });

  it('L4: holds no configuration: no setting, no config file, and nothing that could be one is copied', () => {
    const names = new Set(catalog.flatMap(({ env }) => env));
    const set = instructions.filter((line) => /^(ENV|ARG) /.test(line));
    expect(set).toEqual(['ENV NODE_ENV=production']);
    for (const name of names) expect(text).not.toMatch(new RegExp(`\\b${name}=`));
    const last = instructions.slice(instructions.lastIndexOf('FROM base'));
    expect(last.filter((line) => /^(COPY|ADD) /.test(line))).toEqual(['COPY --from=build /app /app']);
    expect(text).toContain('for part in package.json node_modules bin dist templates;');
    const ignored = file('.dockerignore').split('\n');
    for (const name of ['.env', '.env.*', '*.env', 'chatbox.yaml', 'secrets', 'data', '.chatbox', '.git'])
      expect(ignored).toContain(name);
  });

  it('R14: is built in stages from an image by its digest', () => {
    const from = instructions.filter((line) => line.startsWith('FROM '));
    expect(from[0]).toMatch(/^FROM node:2[024]-bookworm-slim@sha256:[0-9a-f]{64} AS base$/);
    expect(from.slice(1)).toEqual(['FROM base AS build', 'FROM base']);
  });

  it('runs without root, and asks for health as the server reads its own configuration', () => {
    expect(instructions).toContain('USER 10001:10001');
    expect(instructions.indexOf('USER 10001:10001')).toBeGreaterThan(instructions.lastIndexOf('FROM base'));
    const health = instructions.find((line) => line.startsWith('HEALTHCHECK')) ?? '';
    const [, command = '[]'] = /CMD (\[.*\])/.exec(health) ?? [];
    expect(JSON.parse(command)).toEqual(['node', '/app/chatbox.js', 'doctor', '--only', 'health', '--quiet']);
    // No path stands in it: the prefix comes from the configuration, whichever that is.
    expect(text).not.toContain('healthz');
  });
});

describe('what the Dockerfile assembles', () => {
  const assembled = async (parts: Readonly<Record<string, string>>): Promise<{ app: string; printed: string }> => {
    const build = await temporaryFolder();
    const app = join(build, 'out');
    for (const [path, content] of Object.entries(parts)) {
      await mkdir(dirname(join(build, path)), { recursive: true });
      await writeFile(join(build, path), content, { mode: 0o755 });
    }
    const script = /^RUN (npm run build.*)/m.exec(file('Dockerfile').replace(/\\\n/g, ' '))?.[1] ?? '';
    // npm itself is not what is proven here: a stand-in on the PATH does nothing.
    await writeFile(join(build, 'npm'), '#!/bin/sh\n', { mode: 0o755 });
    const command = script.replaceAll('/app', app);
    execFileSync('sh', ['-euc', command], {
      cwd: build,
      env: { PATH: `${build}:${process.env.PATH}` },
      timeout: 10_000,
    });
    const printed = execFileSync(process.execPath, [join(app, 'chatbox.js')], { encoding: 'utf8', timeout: 10_000 });
    return { app, printed: printed.trim() };
  };
  const program = (what: string) => `console.log('${what}')\n`;

  it('of its own sources is the program, and no configuration that lay beside it', async () => {
    const { app, printed } = await assembled({
      'package.json': '{}',
      'bin/chatbox.js': program('ours'),
      'dist/a.js': '',
      'node_modules/x/index.js': '',
      'templates/a': '',
      'chatbox.yaml': 'secret',
      '.env': 'secret',
      'test/a': '',
    });
    expect(printed).toBe('ours');
    expect((await readdir(app)).sort()).toEqual([
      'bin',
      'chatbox.js',
      'dist',
      'node_modules',
      'package.json',
      'templates',
    ]);
  });

  it('of a project that depends on it is the program of that dependency', async () => {
    const { app, printed } = await assembled({
      'package.json': '{}',
      'node_modules/chatbox/bin/chatbox.js': program('theirs'),
    });
    expect(printed).toBe('theirs');
    expect((await readdir(app)).sort()).toEqual(['chatbox.js', 'node_modules', 'package.json']);
  });
});

describe('compose.yaml', () => {
  const { chatbox, mongo } = compose.services;

  it('M7: the database has its credentials from variables, and its health check reads the same ones', () => {
    expect(mongo?.environment.MONGO_INITDB_ROOT_PASSWORD).toMatch(/^\$\{MONGO_ROOT_PASSWORD:\?[^}]+\}$/);
    expect(chatbox?.environment.MONGO_URI).toMatch(
      /^mongodb:\/\/chatbox:\$\{MONGO_PASSWORD:\?[^}]+\}@mongo:27017\/\?authSource=chat$/,
    );
    const script = mongo?.healthcheck?.test.at(-1) ?? '';
    const probe = (password: string, isUp = true): number => {
      let code = -1;
      const asked: string[] = [];
      const admin = {
        auth: (user: string, pwd: string) => ({ ok: user === 'root' && pwd === 'right' ? 1 : 0 }),
        runCommand: (command: object) => {
          asked.push(...Object.keys(command));
          return { ok: isUp ? 1 : 0 };
        },
      };
      runInNewContext(script, {
        db: { getSiblingDB: () => admin },
        process: { env: { MONGO_INITDB_ROOT_USERNAME: 'root', MONGO_INITDB_ROOT_PASSWORD: password } },
        quit: (given: number) => {
          code = given;
        },
      });
      return code;
    };
    expect([probe('right'), probe('wrong'), probe('right', false)]).toEqual([0, 1, 1]);
  });

  it('M7: no password stands in it', () => {
    const values = Object.values(compose.services).flatMap(({ environment }) => Object.entries(environment));
    for (const [name, value] of values) {
      if (/PASSWORD|URI|KEY|SECRET/.test(name)) expect(value === null || /\$\{\w+/.test(value)).toBe(true);
    }
  });

  it('hands every secret of the schema on, and nothing of the database to chatbox', () => {
    const names = Object.keys(chatbox?.environment ?? {});
    const secrets = [...catalog, ...providerCatalog(1)]
      .filter(({ field }) => field.secret)
      .map(({ env }) => env[0] ?? '');
    for (const name of secrets) expect(names).toContain(name);
    expect(names).not.toContain('MONGO_ROOT_PASSWORD');
    expect(chatbox?.volumes).toEqual([`./chatbox.yaml:${chatbox?.environment.CHATBOX_CONFIG}:ro`]);
  });

  it('H5: gives the server more time to stop than its shutdown may take', async () => {
    const { config } = await loadGood({ configFile: 'chatbox.yaml' }, { '/home/chatbox.yaml': file('chatbox.yaml') });
    expect(chatbox?.stop_grace_period).toMatch(/^\d+s$/);
    expect(Number.parseInt(chatbox?.stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(config.shutdown.timeoutMs);
  });

  it('makes a user that has one database and nothing else', () => {
    const made: unknown[] = [];
    runInNewContext(file('mongo-user.js'), {
      db: { getSiblingDB: (name: string) => ({ createUser: (user: object) => made.push({ ...user, in: name }) }) },
      process: { env: { CHATBOX_PASSWORD: 'pw' } },
    });
    expect(JSON.parse(JSON.stringify(made))).toEqual([
      { user: 'chatbox', pwd: 'pw', roles: [{ role: 'readWrite', db: 'chat' }], in: 'chat' },
    ]);
  });
});

describe('the pipelines', () => {
  const pipelines = ['.github/workflows/ci.yml', '.gitlab-ci.yml'] as const;

  it('M8: every action is named by its commit, every image by its digest, every tool by its version', () => {
    for (const [path, text] of files) {
      for (const [, action = ''] of text.matchAll(/^\s*-?\s*uses:\s*(\S+)/gm))
        expect(action, path).toMatch(/@[0-9a-f]{40}$/);
      for (const [, image = ''] of text.matchAll(/^\s*(?:image|- name|FROM):?\s+((?:\w[\w./-]*):\S+)/gm)) {
        expect(image, path).toMatch(/@sha256:[0-9a-f]{64}$/);
      }
      expect(text, path).not.toMatch(/@latest\b|:latest\b|npx |npm (i|install) (-g|--global)|curl .*\|\s*(ba)?sh/);
    }
    expect(file('.github/workflows/ci.yml').match(/uses:/g)?.length).toBeGreaterThan(3);
    expect(file('.github/workflows/ci.yml')).toContain('runs-on: ubuntu-24.04');
  });

  it.each(pipelines)('%s is YAML, gates the coverage at 80 %%, and audits what is shipped', (path) => {
    expect(parse(file(path))).toBeTypeOf('object');
    expect(file(path)).toContain('--coverage.thresholds.lines=80 --coverage.thresholds.branches=80');
    expect(file(path)).toContain('npm audit --omit=dev --audit-level=high');
    expect(file(path)).toContain('npm ci');
  });

  it('of GitHub may read the repository and nothing else', () => {
    const { permissions, jobs } = parse(file('.github/workflows/ci.yml')) as {
      permissions: object;
      jobs: Record<string, { 'timeout-minutes'?: number }>;
    };
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });
});

describe('the package', () => {
  it('brings its templates along', async () => {
    const { files: shipped } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { files: string[] };
    expect(shipped).toContain('templates');
  });
});
