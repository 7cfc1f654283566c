import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CliError } from '../../src/cli/exit-codes.js';
import { resolveTarget, serverBase, type TargetRequest } from '../../src/cli/target.js';
import { captureIo, temporaryFolder } from '../helpers/cli.js';

const token = 'aGVhZA.cGF5bG9hZA.c2ln';
const adminToken = 'aGVhZA.YWRtaW4.c2ln';

async function home(files: Readonly<Record<string, string>>): Promise<string> {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, '.chatbox'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
  return cwd;
}

const running = {
  '.chatbox/server.url': 'http://127.0.0.1:8080/chatbox\n',
  '.chatbox/user.token': `${token}\n`,
  '.chatbox/admin.token': `${adminToken}\n`,
};

const find = (cwd: string, request: Partial<TargetRequest> = {}, env: Readonly<Record<string, string>> = {}) =>
  resolveTarget(captureIo({ cwd, env }).io, { role: 'user', ...request });

const failure = async (work: Promise<unknown>): Promise<CliError> => {
  const error = await work.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!(error instanceof CliError)) throw new Error('expected a CliError', { cause: error });
  return error;
};

describe('a client command', () => {
  it('finds server and token in the data folder', async () => {
    const cwd = await home(running);
    expect(await find(cwd)).toEqual({
      httpUrl: 'http://127.0.0.1:8080/chatbox',
      wsUrl: 'ws://127.0.0.1:8080/chatbox/ws',
      token,
      tokenSource: join(cwd, '.chatbox/user.token'),
    });
    expect((await find(cwd, { role: 'admin' })).token).toBe(adminToken);
    expect((await find('/', { dataDir: join(cwd, '.chatbox') })).token).toBe(token);
    expect((await find('/', {}, { DATA_DIR: join(cwd, '.chatbox') })).token).toBe(token);
  });

  it('prefers options to environment to the data folder', async () => {
    const cwd = await home({ ...running, 'mine.token': 'b.b.b', 'env.token': 'e.e.e' });
    const env = { CHATBOX_SERVER: 'https://env.example.com/chat', CHATBOX_TOKEN_FILE: 'env.token' };
    expect(await find(cwd, {}, env)).toMatchObject({ httpUrl: 'https://env.example.com/chat', token: 'e.e.e' });
    const given = await find(cwd, { server: 'wss://given.example.com', tokenFile: 'mine.token' }, env);
    expect(given).toMatchObject({
      httpUrl: 'https://given.example.com',
      wsUrl: 'wss://given.example.com/ws',
      token: 'b.b.b',
    });
    expect((await find(cwd, {}, { CHATBOX_SERVER: '', CHATBOX_TOKEN_FILE: '' })).httpUrl).toBe(
      'http://127.0.0.1:8080/chatbox',
    );
  });

  it.each([
    ['http://h:1/chatbox', 'http://h:1/chatbox'],
    ['http://h:1/chatbox/', 'http://h:1/chatbox'],
    ['ws://h:1/chatbox/ws', 'http://h:1/chatbox'],
    ['wss://h/ws/', 'https://h/'],
    ['https://h', 'https://h/'],
  ])('reads a server as people paste it: %s', (given, href) => {
    expect(serverBase(given, '--server').href).toBe(href);
  });

  it.each([
    ['localhost:8080', 'not an http(s) or ws(s) URL'],
    ['nonsense', 'not an http(s) or ws(s) URL'],
    ['ftp://h', 'not an http(s) or ws(s) URL'],
    ['http://me:Canary@h', 'must hold no user name'],
    ['http://h/chatbox/ws?token=Canary', 'must hold no user name, password, query'],
    ['http://h/#Canary', 'must hold no user name'],
  ])('refuses %s as a server, without repeating it', async (server, message) => {
    const error = await failure(find(await home(running), { server }));
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(`--server: ${message}`);
    expect(error.message + error.fix).not.toContain('Canary');
  });

  it('without a server says how to start one', async () => {
    const error = await failure(find(await home({})));
    expect(error).toMatchObject({ exitCode: 7 });
    expect(error.message).toMatch(/no server is known: .*server\.url is not there/);
    expect(error.fix).toContain('chatbox serve --dev');
  });

  it('without a token says how to get one', async () => {
    const cwd = await home({ '.chatbox/server.url': 'http://127.0.0.1:1/chatbox' });
    const error = await failure(find(cwd));
    expect(error).toMatchObject({ exitCode: 4 });
    expect(error.fix).toContain('chatbox token create');
    expect((await failure(find(cwd, { tokenFile: 'none' }))).message).toContain(join(cwd, 'none'));
  });

  it.each(['', 'not a token', 'a.b', 'a.b.c d'])('refuses a token file that holds %j', async (text) => {
    const cwd = await home({ ...running, 'my.token': text });
    const error = await failure(find(cwd, { tokenFile: 'my.token' }));
    expect(error).toMatchObject({ exitCode: 4 });
    expect(error.message).toContain('does not hold a token');
  });

  it('refuses a token file that is far too long, or a folder', async () => {
    const cwd = await home({ ...running, 'my.token': 'x'.repeat(9_000) });
    expect((await failure(find(cwd, { tokenFile: 'my.token' }))).message).toContain('too long');
    expect((await failure(find(cwd, { tokenFile: '.' }))).message).toContain('cannot read');
  });

  it('never sends the token of the data folder to whoever --server names', async () => {
    const cwd = await home(running);
    const error = await failure(find(cwd, { server: 'https://elsewhere.example.com/chatbox' }));
    expect(error).toMatchObject({ exitCode: 4 });
    expect(error.message).toContain('no token for https://elsewhere.example.com');
    expect(error.fix).toContain('--token-file');
    for (const server of ['http://localhost:9/x', 'http://[::1]:9', 'http://127.1.2.3:9']) {
      expect((await find(cwd, { server })).token).toBe(token);
    }
    const far = await home({ ...running, '.chatbox/server.url': 'https://chat.example.com/chatbox' });
    expect((await find(far, { server: 'https://chat.example.com/other' })).token).toBe(token);
  });
});
