import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, temporaryFolder } from '../helpers/cli.js';
import { serveHere } from '../helpers/serve.js';

/** A data folder with a store of one session in it. */
async function folderWithStore(): Promise<string> {
  const cwd = await temporaryFolder();
  const server = await serveHere(['--quiet'], { cwd });
  const { stdout } = await runCli(['token', 'create', '--user', 'ada', '--quiet'], { cwd });
  const made = await fetch(`${server.httpUrl}/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stdout.trim()}`, 'content-type': 'application/json' },
    body: '{"name":"first"}',
  });
  expect(made.status).toBe(201);
  await server.stop();
  return cwd;
}

describe('chatbox store', () => {
  it('backs up to a file for its owner alone, and brings that back', async () => {
    const cwd = await folderWithStore();
    const backup = await runCli(['store', 'backup', 'copy.sqlite'], { cwd });
    expect(backup.stderr).toBe('');
    expect(backup.stdout).toMatch(/^backed up to .*copy\.sqlite: 1 sessions, \d+ entries, \d+ bytes\n$/);
    expect((await stat(join(cwd, 'copy.sqlite'))).mode & 0o777).toBe(0o600);
    const restored = await runCli(['store', 'restore', 'copy.sqlite', '--data-dir', 'other', '--json'], { cwd });
    expect(restored.code).toBe(0);
    expect(JSON.parse(restored.stdout)).toMatchObject({ file: join(cwd, 'other/chatbox.db'), sessions: 1 });
    expect((await stat(join(cwd, 'other'))).mode & 0o777).toBe(0o700);
  });

  it('replaces nothing unless told to', async () => {
    const cwd = await folderWithStore();
    await writeFile(join(cwd, 'copy.sqlite'), 'mine');
    const backup = await runCli(['store', 'backup', 'copy.sqlite'], { cwd });
    expect(backup.code).toBe(6);
    expect(backup.stderr).toContain('copy.sqlite is there already\n  fix: choose another file, or say --overwrite');
    expect((await runCli(['store', 'backup', 'copy.sqlite', '--overwrite'], { cwd })).code).toBe(0);
    expect((await runCli(['store', 'restore', 'copy.sqlite'], { cwd })).code).toBe(6);
    expect((await runCli(['store', 'restore', 'copy.sqlite', '--overwrite'], { cwd })).code).toBe(0);
  });

  it('is backed up, but not replaced, while a server runs', async () => {
    const cwd = await temporaryFolder();
    await serveHere(['--quiet'], { cwd });
    expect((await runCli(['store', 'backup', 'copy.sqlite'], { cwd })).code).toBe(0);
    const restore = await runCli(['store', 'restore', 'copy.sqlite', '--overwrite'], { cwd });
    expect(restore.code).toBe(6);
    expect(restore.stderr).toContain('chatbox: store: Another chatbox uses this DATA_DIR');
  });

  it('says what is not there, and what is no backup', async () => {
    const cwd = await temporaryFolder();
    const backup = await runCli(['store', 'backup', 'copy.sqlite'], { cwd });
    expect(backup.code).toBe(5);
    expect(backup.stderr).toContain(`there is no store at ${join(cwd, '.chatbox/chatbox.db')}`);
    expect((await runCli(['store', 'restore', 'copy.sqlite'], { cwd })).code).toBe(5);
    await writeFile(join(cwd, 'copy.sqlite'), 'not a database at all, only some text that is long enough');
    const restore = await runCli(['store', 'restore', 'copy.sqlite'], { cwd });
    expect(restore.code).toBe(1);
    expect(restore.stderr).toMatch(/^chatbox: store: /);
    expect((await readdir(join(cwd, '.chatbox'))).filter((name) => name.endsWith('.db'))).toEqual([]);
  });

  it('that is MongoDB has tools of its own', async () => {
    const env = { MONGO_URI: 'mongodb://u:Canary@db' };
    const { code, stderr } = await runCli(['store', 'backup', 'x'], { cwd: await temporaryFolder(), env });
    expect(code).toBe(3);
    expect(stderr).toContain('mongodump');
    expect(stderr).not.toContain('Canary');
  });
});
