// What `npm ci` needs and what `npm pack` gives away.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/cli.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const exec = promisify(execFile);
const npm = (args: readonly string[], cwd: string) => exec('npm', [...args, '--ignore-scripts', '--offline'], { cwd });
const isBuilt = existsSync(join(root, 'dist/cli/main.js'));
if (!isBuilt)
  process.stderr.write('pack.test: dist/ is not built, so the packed program is not run; `npm test` builds it\n');

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

/** Where a package is looked for from `path`: its own folder, and those that it lies in. What another package bundles lies inside of that. */
function foldersAbove(path: string): string[] {
  const parts = path.split('/node_modules/');
  return ['', ...parts.map((_, at) => `${parts.slice(0, at + 1).join('/node_modules/')}/`)];
}

describe('the lock file', () => {
  it('holds the optional packages of every platform, without which npm 11 does not install', async () => {
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock;
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !foldersAbove(path).some((folder) => lock.packages[`${folder}node_modules/${name}`] !== undefined),
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe('npm pack', () => {
  it('takes what runs and what users read, and nothing that was made by running it', async () => {
    const folder = await temporaryFolder();
    const files = [
      'bin/chatbox.js',
      'dist/cli/main.js',
      'dist/cli/main.d.ts',
      'dist/bundle/main.js',
      'dist/bundle/THIRD-PARTY.txt',
      'docs/configuration.md',
      'README.md',
      // None of these may come along.
      'dist/cli/main.js.map',
      'dist/bundle/main.js.map',
      'dist/.tsbuildinfo',
      'src/cli/main.ts',
      'test/cli/main.test.ts',
      '.chatbox/jwt.secret',
      '.chatbox/admin.token',
      '.env',
      'chatbox.yaml',
      'data/chatbox.db',
      'bench/run.mjs',
    ];
    for (const file of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), 'x');
    }
    await cp(join(root, 'package.json'), join(folder, 'package.json'));
    const { stdout } = await npm(['pack', '--dry-run', '--json'], folder);
    const [packed] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
    expect(packed.files.map(({ path }) => path).sort()).toEqual(
      [
        'README.md',
        'bin/chatbox.js',
        'dist/bundle/THIRD-PARTY.txt',
        'dist/bundle/main.js',
        'dist/cli/main.d.ts',
        'dist/cli/main.js',
        'docs/configuration.md',
        'package.json',
      ].sort(),
    );
  });

  it.skipIf(!isBuilt)('yields a program that runs elsewhere', async () => {
    const folder = await temporaryFolder();
    const { stdout } = await npm(['pack', '--json', '--pack-destination', folder], root);
    const [packed] = JSON.parse(stdout) as [{ readonly filename: string; readonly version: string }];
    await exec('tar', ['-xzf', join(folder, packed.filename)], { cwd: folder });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const bin = join(folder, 'package/bin/chatbox.js');
    const version = await exec(process.execPath, [bin, '--version'], { cwd: folder });
    expect(version.stdout).toBe(`${packed.version}\n`);
    const check = await exec(process.execPath, [bin, 'config', 'check', '--dev'], { cwd: folder });
    expect(check.stdout).toContain('The configuration is good.');
  });
});
