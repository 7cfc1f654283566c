import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { programOf } from '../../src/cli/serve/banner.js';
import { explainStore } from '../../src/cli/store/store-failure.js';
import { StoreError } from '../../src/server/ports/store.js';
import { runCli, temporaryFolder } from '../helpers/cli.js';
import { eventually } from '../helpers/poll.js';
import { serveHere } from '../helpers/serve.js';

const read = async (folder: string, name: string) => (await readFile(join(folder, '.chatbox', name), 'utf8')).trim();

describe('chatbox serve --dev', () => {
  it('runs with nothing given, and leaves for clients what they need, for their owner alone', async () => {
    const cwd = await temporaryFolder();
    const server = await serveHere([], { cwd });
    expect(server.httpUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/chatbox$/);
    expect(await read(cwd, 'server.url')).toBe(server.httpUrl);
    expect((await stat(join(cwd, '.chatbox'))).mode & 0o777).toBe(0o700);
    for (const name of ['jwt.secret', 'user.token', 'admin.token', 'server.url']) {
      expect((await stat(join(cwd, '.chatbox', name))).mode & 0o777, name).toBe(0o600);
    }
    const ask = async (path: string, token: string) =>
      (await fetch(`${server.httpUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await ask('/sessions', await read(cwd, 'user.token'))).toBe(200);
    expect(await ask('/admin/sessions', await read(cwd, 'user.token'))).toBe(403);
    expect(await ask('/admin/sessions', await read(cwd, 'admin.token'))).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(await readdir(join(cwd, '.chatbox'))).not.toContain('server.url');
  });

  it('keeps its secret, so that a token outlives a restart', async () => {
    const cwd = await temporaryFolder();
    const first = await serveHere([], { cwd });
    const secret = await read(cwd, 'jwt.secret');
    const token = await read(cwd, 'user.token');
    await first.stop();
    const second = await serveHere([], { cwd });
    expect(await read(cwd, 'jwt.secret')).toBe(secret);
    const answer = await fetch(`${second.httpUrl}/sessions`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
  });

  it('shows the tokens on a terminal and nowhere else, with --debug neither', async () => {
    const cwd = await temporaryFolder();
    const piped = await serveHere(['--debug'], { cwd });
    await eventually(() => piped.stderr().includes('chatbox is running'));
    const secrets = [await read(cwd, 'jwt.secret'), await read(cwd, 'user.token'), await read(cwd, 'admin.token')];
    await piped.stop();
    for (const secret of secrets) expect(piped.stdout() + piped.stderr()).not.toContain(secret);
    const terminal = await serveHere([], { cwd, isTTY: true, env: { npm_lifecycle_event: 'start' } });
    await eventually(() => terminal.stderr().includes('Ctrl-C ends it'));
    expect(terminal.stderr()).toContain(await read(cwd, 'user.token'));
    expect(terminal.stderr()).toContain(await read(cwd, 'admin.token'));
    expect(terminal.stderr()).not.toContain(secrets[0]);
    // At a desk the log holds its tongue unless something is wrong.
    expect(terminal.stderr()).not.toContain('"level"');
    expect(terminal.stdout()).toBe('');
    expect(piped.stderr()).toContain('in this folder: chatbox chat.');
    expect(terminal.stderr()).toContain('in this folder: npx chatbox chat.');
  });

  it.each([
    [{ script: '/home/ada/clone/bin/chatbox.js' }, 'node bin/chatbox.js'],
    [{ script: '/home/ada/my clone/bin/chatbox.js' }, 'node "../my clone/bin/chatbox.js"'],
    [{ script: '/usr/local/bin/chatbox' }, 'chatbox'],
    [{ script: '/home/ada/clone/bin/chatbox.js', env: { npm_lifecycle_event: 'start' } }, 'npx chatbox'],
  ])('names the command that a second terminal can run: %j is %s', (started, program) => {
    expect(programOf({ env: {}, cwd: '/home/ada/clone', ...started })).toBe(program);
  });

  it('says where it listens as one JSON line with --json, and nothing but the log with --quiet', async () => {
    const cwd = await temporaryFolder();
    const json = await serveHere(['--json'], { cwd });
    await eventually(() => json.stdout().endsWith('\n'));
    expect(JSON.parse(json.stdout())).toEqual({
      event: 'listening',
      http_url: json.httpUrl,
      ws_url: `${json.httpUrl.replace('http', 'ws')}/ws`,
      ops_url: null,
      data_dir: join(cwd, '.chatbox'),
    });
    await json.stop();
    const quiet = await serveHere(['--quiet', '--path-prefix', '/', '--ops-port', '0'], { cwd });
    await quiet.stop();
    expect(quiet.stderr()).not.toContain('chatbox is running');
    for (const line of quiet.stderr().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
  });

  it('shares its folder with no second server, and leaves the first one findable', async () => {
    const cwd = await temporaryFolder();
    const first = await serveHere([], { cwd });
    await eventually(() => first.stderr().includes('Ctrl-C ends it'));
    const second = await runCli(['serve', '--dev', '--port', '0'], { cwd });
    expect(second.code).toBe(6);
    expect(second.stderr).toContain('chatbox: store: Another chatbox uses this DATA_DIR\n  fix: Stop that one');
    expect(await read(cwd, 'server.url')).toBe(first.httpUrl);
  });

  it('says which port is taken', async () => {
    const cwd = await temporaryFolder();
    const taken = createServer();
    onTestFinished(() => void taken.close());
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      }),
    );
    const { code, stderr } = await runCli(['serve', '--dev', '--port', String(port)], { cwd });
    expect(code).toBe(6);
    expect(stderr).toContain(
      `chatbox: something listens on 127.0.0.1:${port} already\n  fix: end it, or choose another port`,
    );
  });

  it('says which of its two ports is taken', async () => {
    const first = await serveHere(['--ops-port', 'off'], { cwd: await temporaryFolder() });
    const { port } = new URL(first.httpUrl);
    const { code, stderr } = await runCli(['serve', '--dev', '--port', '0', '--ops-port', port], {
      cwd: await temporaryFolder(),
    });
    expect(code).toBe(6);
    expect(stderr).toContain(`something listens on 127.0.0.1:${port} already`);
  });

  it('says which address this machine does not have', async () => {
    const cwd = await temporaryFolder();
    const { code, stderr } = await runCli(['serve', '--dev', '--port', '0', '--host', '192.0.2.1'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain('this machine has no address 192.0.2.1');
  });

  it('takes no secret that somebody weakened', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'jwt.secret'), 'password\n');
    const { code, stderr } = await runCli(['serve', '--dev', '--data-dir', '.'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain(`${join(cwd, 'jwt.secret')}: must have at least 32 bytes, has 8`);
    expect(stderr).toContain('fix: remove the file');
  });

  it('leaves tokens to the one who issues them where JWKS_URL is set', async () => {
    const cwd = await temporaryFolder();
    const server = await serveHere(['--quiet'], {
      cwd,
      env: { JWKS_URL: 'https://keys.example.com/jwks' },
      isTTY: false,
    });
    expect(await readdir(join(cwd, '.chatbox'))).not.toContain('user.token');
    expect(await server.stop()).toBe(0);
  });

  it('says what it ignores', async () => {
    const cwd = await temporaryFolder();
    const server = await serveHere([], { cwd, env: { SMTP_HOST: 'Canary' } });
    expect(server.stderr()).toContain('warning: env SMTP_HOST: is set, but this version sends no notifications');
    expect(server.stderr()).not.toContain('Canary');
  });

  it('says when its folder cannot be made', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'file'), '');
    const { code, stderr } = await runCli(['serve', '--dev', '--data-dir', 'file/folder'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot make the data folder .*file\/folder \(ENOTDIR\)/);
  });
});

describe('chatbox serve', () => {
  it('without what production needs does not start, and says all of it', async () => {
    const cwd = await temporaryFolder();
    const { code, stdout, stderr } = await runCli(['serve'], { cwd });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /the configuration has 4 problems:\n {2}LLM_PROVIDER_1_TYPE: .*\n {2}JWT_SECRET: .*\n {2}DATA_DIR: .*\n {2}ENCRYPTION_KEYS: /,
    );
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('a store that failed', () => {
  it.each([
    ['busy', 6],
    ['unavailable', 7],
    ['full', 7],
    ['unknown_outcome', 7],
    ['invalid', 1],
    ['corrupt', 1],
    ['closed', 1],
  ] as const)('%s ends with %i', (kind, exitCode) => {
    const error = explainStore(new StoreError(kind, 'It failed. Do this. Then that.'));
    expect(error).toMatchObject({ exitCode, message: 'store: It failed', fix: 'Do this. Then that' });
  });

  it('is told apart from other errors, and may say no more than what failed', () => {
    expect(explainStore(new Error('x'))).toBeNull();
    expect(explainStore(new StoreError('full', 'It is full'))).toMatchObject({
      message: 'store: It is full',
      fix: undefined,
    });
  });
});
