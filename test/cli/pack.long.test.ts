// The packed program, installed as a stranger would: its dependencies come from the registry, so this is no part of the default suite.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/cli.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const exec = promisify(execFile);

it('installs from its tarball into an empty folder and runs there', { timeout: 300_000 }, async () => {
  const folder = await temporaryFolder();
  const packed = await exec('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [{ filename, version }] = JSON.parse(packed.stdout) as [{ filename: string; version: string }];
  await exec('npm', ['init', '--yes'], { cwd: folder });
  await exec('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', join(folder, filename)], { cwd: folder });
  const shown = await exec('npx', ['--no-install', 'chatbox', '--version'], { cwd: folder });
  expect(shown.stdout.trim()).toBe(version);
  const check = await exec('npx', ['--no-install', 'chatbox', 'config', 'check', '--dev'], { cwd: folder });
  expect(check.stdout).toContain('The configuration is good.');
});
