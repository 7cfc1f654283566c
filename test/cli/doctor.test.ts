import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { judgeNode } from '../../src/cli/doctor/checks/node-check.js';
import { run } from '../../src/cli/main.js';
import { systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import { openStoreBeside } from '../../src/server/adapters.js';
import { captureIo, runCli, temporaryFolder } from '../helpers/cli.js';
import { goodSecret, leastEnv, loadGood } from '../helpers/config.js';
import { eventually } from '../helpers/poll.js';
import { serveHere } from '../helpers/serve.js';

interface Shown {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly why: string;
  readonly fix: string | null;
  readonly tookMs: number;
}

interface Examined {
  readonly code: number;
  readonly findings: readonly Shown[];
  readonly output: string;
}

async function examine(argv: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Promise<Examined> {
  const { code, stdout, stderr } = await runCli(['doctor', '--json', ...argv], { env, cwd });
  const { findings } = JSON.parse(stdout) as { findings: readonly Shown[] };
  return { code, findings, output: stdout + stderr };
}

/** Production with the echo model on free ports, but for what a test says. */
const env: Readonly<Record<string, string>> = {
  ...leastEnv,
  SERVER_HOST: '127.0.0.1',
  SERVER_PORT: '0',
  OPS_PORT: 'off',
};

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const only = (...names: readonly string[]) => ['--only', ...names];

describe('chatbox doctor', () => {
  it('says of every check what it found, why that matters, and how long it took', async () => {
    const cwd = await temporaryFolder();
    const echo = { ...env, LLM_PROVIDER_1_TYPE: 'echo', LLM_PROVIDER_1_ENDPOINT: '' };
    const { code, findings } = await examine([], echo, cwd);
    expect(code).toBe(0);
    expect(findings.map(({ name }) => name)).toEqual([
      'node',
      'configuration',
      'configuration',
      'secrets',
      'keyring',
      'store file',
      'model echo-1',
      'origins',
      'port 0',
    ]);
    for (const { why, tookMs, state, fix } of findings) {
      expect(why.length).toBeGreaterThan(20);
      expect(tookMs).toBeGreaterThanOrEqual(0);
      expect(fix === null).toBe(state === 'ok');
    }
    const { stdout } = await runCli(['doctor'], { env: echo, cwd });
    expect(stdout).toContain('STATE    CHECK          TOOK');
    expect(stdout).toContain('To mend:\n');
    expect(stdout).toContain('    because ');
  });

  it('never prints a secret, whatever it finds', async () => {
    const cwd = await temporaryFolder();
    const canaries = {
      JWT_SECRET: goodSecret,
      MONGO_URI: 'mongodb://u:canary-pw@127.0.0.1:1/',
      LLM_PROVIDER_1_API_KEY: 'canary-key',
    };
    const endpoint = { LLM_PROVIDER_1_ENDPOINT: 'http://127.0.0.1:1/v1' };
    const setup = { env: { ...env, ...canaries, ...endpoint, MONGO_START_TIMEOUT: '1s' }, cwd };
    for (const flags of [['--debug'], ['--json', '--debug']]) {
      const { code, stdout, stderr } = await runCli(['doctor', ...flags], setup);
      expect(code).toBe(1);
      for (const secret of ['canary', goodSecret, leastEnv.ENCRYPTION_KEYS ?? ''])
        expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('ends with 3 and every problem when the configuration is broken', async () => {
    const { code, findings } = await examine(
      [],
      { ...env, JWT_SECRET: 'short', RATE_LIMIT: 'many' },
      await temporaryFolder(),
    );
    expect(code).toBe(3);
    expect(findings.map(({ found }) => found).join('\n')).toMatch(/JWT_SECRET: .*\n?.*RATE_LIMIT: must be/s);
  });

  it('refuses a check that there is not, and a time that is none', async () => {
    expect(await runCli(['doctor', '--only', 'kering'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean keyring?'),
    });
    for (const time of ['0', '-1', 'soon', '9999']) {
      expect(await runCli(['doctor', '--timeout', time])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--timeout must be'),
      });
    }
  });

  it('knows which Node is too old, and which has no long-term support', () => {
    expect([judgeNode('18.20.1'), judgeNode('20.18.0')].map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect(judgeNode('23.1.0').state).toBe('warning');
    expect([judgeNode('20.19.0'), judgeNode('22.0.0'), judgeNode('26.1.0')].map(({ state }) => state)).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
  });

  it('names the sources of the configuration', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'chatbox.yaml'), 'chat:\n  sessionTimeout: 20m\nlimits:\n  userMessagesPerMinute: 50\n');
    await mkdir(join(cwd, 'secrets'));
    await writeFile(join(cwd, 'secrets/LLM_PROVIDER_1_API_KEY'), 'sk-1');
    const argv = [...only('configuration'), '--config', 'chatbox.yaml', '--secrets-dir', 'secrets', '--port', '0'];
    const { findings } = await examine(argv, env, cwd);
    expect(findings[0]?.found).toMatch(/^good; .*1 from flags/);
    expect(findings[0]?.found).toContain('2 from chatbox.yaml');
    expect(findings[0]?.found).toContain('1 from secrets');
    expect(findings[0]?.found).toContain('from the environment');
  });
});

describe('the secrets', () => {
  it('in a file that others may read are warned of', async () => {
    const cwd = await temporaryFolder();
    const file = join(cwd, 'chatbox.env');
    await writeFile(file, `JWT_SECRET=${goodSecret}\n`);
    const { JWT_SECRET: _, ...rest } = env;
    await chmod(file, 0o644);
    const open = await examine([...only('secrets'), '--env-file', 'chatbox.env'], rest, cwd);
    expect(open.findings.map(({ state }) => state)).toEqual(['ok', 'warning']);
    expect(open.findings[1]).toMatchObject({
      found: expect.stringContaining('mode 0644'),
      fix: 'chmod 600 chatbox.env',
    });
    await chmod(file, 0o600);
    const closed = await examine([...only('secrets'), '--env-file', 'chatbox.env'], rest, cwd);
    expect(closed.findings).toHaveLength(1);
    expect(closed.findings[0]?.found).toContain('JWT_SECRET (chatbox.env:1');
  });
});

describe('the keyring', () => {
  const key = (seed: number) =>
    Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 73 + seed) % 251)).toString('base64');

  it('is held against what the store was sealed with, and nothing is written', async () => {
    const cwd = await temporaryFolder();
    const look = async (keys: string) =>
      (await examine([...only('keyring')], { ...env, DATA_DIR: cwd, ENCRYPTION_KEYS: keys }, cwd)).findings;
    expect((await look(`k1:${key(1)}`))[0]).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('no store yet'),
    });
    const { config } = await loadGood({ env: { ...env, DATA_DIR: cwd, ENCRYPTION_KEYS: `k1:${key(1)}` } });
    const store = await openStoreBeside(config, { clock: systemClock, random: systemRandom, warn: () => undefined });
    await store.close();
    expect((await look(`k1:${key(1)}`))[0]).toMatchObject({ state: 'ok', found: 'k1 seals, it opens what is stored' });
    expect((await look(`k1:${key(2)}`))[0]).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('k1: another key'),
    });
    const fresh = await look(`k2:${key(2)}`);
    expect(fresh[0]).toMatchObject({ state: 'failed', found: expect.stringContaining('no key k1') });
    expect(fresh[1]).toMatchObject({ state: 'ok', found: 'k2 seals, nothing is sealed with it yet' });
    // Had the look left a check value for k2, it would now open what is stored.
    expect((await look(`k2:${key(2)},k1:${key(1)}`))[0]?.found).toBe(
      'k2 seals, nothing is sealed with it yet; also opens k1',
    );
  });
});

describe('the store', () => {
  it('M1: a URI without credentials is warned of, and a database that is away fails within the time', async () => {
    const cwd = await temporaryFolder();
    const startedAt = performance.now();
    const { code, findings } = await examine(
      [...only('store', 'keyring'), '--timeout', '2'],
      { ...env, MONGO_URI: 'mongodb://127.0.0.1:1/chat' },
      cwd,
    );
    expect(code).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(9_500);
    expect(findings.find(({ name }) => name === 'store credentials')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('names no user'),
      fix: expect.stringContaining('MONGO_URI'),
    });
    expect(findings.find(({ name }) => name === 'store connection')?.state).toBe('failed');
    const named = await examine(
      [...only('store'), '--timeout', '2'],
      { ...env, MONGO_URI: 'mongodb://u:p@127.0.0.1:1/chat' },
      cwd,
    );
    expect(named.findings.find(({ name }) => name === 'store credentials')?.state).toBe('ok');
  });
});

describe('the models', () => {
  const ask = async (answer: (path: string, key: string | undefined) => readonly [number, string]) => {
    const server = createServer((request, response) => {
      const [status, body] = answer(request.url ?? '', request.headers.authorization);
      response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' }).end(body);
    });
    const port = await listen(server);
    const cwd = await temporaryFolder();
    const endpoint = { LLM_PROVIDER_1_ENDPOINT: `http://127.0.0.1:${port}/v1`, LLM_PROVIDER_1_API_KEY: 'sk-canary' };
    const { code, findings, output } = await examine(only('model'), { ...env, ...endpoint }, cwd);
    expect(output).not.toContain('sk-canary');
    return { code, ...findings[0] };
  };
  const list = (...ids: readonly string[]) => JSON.stringify({ data: ids.map((id) => ({ id })) });

  it('are asked for their list with the key, and the configured one must be on it', async () => {
    const asked = await ask((path, key) =>
      path === '/v1/models' && key === 'Bearer sk-canary' ? [200, list('gpt')] : [500, ''],
    );
    expect(asked).toMatchObject({ code: 0, state: 'ok', found: expect.stringContaining('every configured model') });
    expect(await ask(() => [200, list('other')])).toMatchObject({
      code: 0,
      state: 'warning',
      found: expect.stringContaining('does not list gpt'),
    });
  });

  it.each([
    [200, 'no json', 'ok', 'reached'],
    [401, '', 'failed', 'the key is refused'],
    [404, '', 'ok', 'lists no models'],
    [302, '', 'failed', 'lies elsewhere'],
    [503, '', 'warning', 'answers 503'],
  ])('that answer %i', async (status, body, state, found) => {
    expect(await ask(() => [status, body])).toMatchObject({ state, found: expect.stringContaining(found) });
  });

  it('that answer nothing fail at the deadline, and do not keep the others waiting', async () => {
    const port = await listen(createServer(() => undefined));
    const cwd = await temporaryFolder();
    const endpoint = { LLM_PROVIDER_1_ENDPOINT: `http://127.0.0.1:${port}/v1` };
    const { code, findings } = await examine(
      [...only('model', 'node'), '--timeout', '0.3'],
      { ...env, ...endpoint },
      cwd,
    );
    expect(code).toBe(1);
    expect(findings.map(({ name, state, found }) => [name, state, found])).toEqual([
      ['node', 'ok', process.version],
      ['model', 'failed', 'no answer within 300 ms'],
    ]);
  });

  it('that are not there fail with the reason', async () => {
    const endpoint = { LLM_PROVIDER_1_ENDPOINT: 'http://127.0.0.1:1/v1' };
    const { findings } = await examine(only('model'), { ...env, ...endpoint }, await temporaryFolder());
    expect(findings[0]).toMatchObject({ state: 'failed', found: expect.stringMatching(/cannot be reached: .*\(/) });
  });
});

describe('the issuer', () => {
  it.each([
    [200, '{"keys":[{}]}', 'ok'],
    [200, '{"keys":[]}', 'failed'],
    [500, 'oops', 'failed'],
  ])('whose key set answers %i %s', async (status, body, state) => {
    const port = await listen(createServer((_, response) => void response.writeHead(status).end(body)));
    const { JWT_SECRET: _, ...rest } = env;
    const { findings } = await examine(
      only('jwks'),
      { ...rest, JWKS_URL: `http://127.0.0.1:${port}/jwks` },
      await temporaryFolder(),
    );
    expect(findings[0]?.state).toBe(state);
  });
});

describe('the origins', () => {
  it.each([
    ['https://a.example.org', '', ['ok']],
    ['http://a.example.org', '', ['ok', 'warning']],
    ['http://localhost:5173', '', ['ok']],
    ['https://a.example.org', 'https://b.example.org', ['ok', 'warning']],
    ['', '', ['warning']],
  ])('sockets %j, HTTP %j', async (sockets, http, states) => {
    const given = { ...env, ALLOWED_ORIGINS: sockets, CORS_ALLOWED_ORIGINS: http };
    const { findings } = await examine(only('origins'), given, await temporaryFolder());
    expect(findings.map(({ state }) => state)).toEqual(states);
  });
});

describe('the ports', () => {
  it('are free, taken by something else, or of no address here', async () => {
    const cwd = await temporaryFolder();
    const taken = createTcpServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const look = async (more: Readonly<Record<string, string>>) =>
      await examine(only('port'), { ...env, ...more }, cwd);
    const other = await look({ SERVER_PORT: String(port), OPS_PORT: '0' });
    expect(other).toMatchObject({
      code: 1,
      findings: [{ state: 'failed', found: expect.stringContaining('something else listens') }, { state: 'ok' }],
    });
    expect(other.findings[0]?.fix).toContain('SERVER_PORT');
    const nowhere = await look({ SERVER_HOST: '203.0.113.7', SERVER_PORT: '8080' });
    expect(nowhere.findings[0]).toMatchObject({ state: 'failed', found: 'this machine has no address 203.0.113.7' });
    await new Promise((resolve) => taken.close(resolve));
    expect((await look({ SERVER_PORT: String(port) })).findings[0]).toMatchObject({
      state: 'ok',
      found: 'free on 127.0.0.1',
    });
  });
});

describe('a running server', () => {
  it('has its port, its health and a WebSocket through the URL that clients use', async () => {
    const cwd = await temporaryFolder();
    const server = await serveHere([], { cwd });
    const port = new URL(server.httpUrl).port;
    const argv = ['--dev', '--port', port, '--url', server.httpUrl, ...only('port', 'public url', 'health')];
    const { code, findings } = await examine(argv, {}, cwd);
    expect(findings.map(({ name, state, found }) => [name, state, found])).toEqual([
      [`port ${port}`, 'ok', 'a chatbox listens there already'],
      ['public url', 'ok', `${server.httpUrl} answers`],
      ['websocket', 'ok', 'a WebSocket opened, and said the first word'],
      ['health', 'ok', `answers at ${server.httpUrl}/healthz`],
    ]);
    expect(code).toBe(0);
    await server.stop();
    const away = await examine(argv, {}, cwd);
    expect(away.code).toBe(1);
    expect(away.findings.map(({ state }) => state)).toEqual(['ok', 'failed', 'failed']);
  });

  it('H3: is not found behind a proxy that strips the prefix, and the finding says so', async () => {
    const cwd = await temporaryFolder();
    const server = await serveHere([], { cwd });
    const proxy = createServer((request, response) => {
      const path = (request.url ?? '').replace(/^\/chatbox/, '');
      void fetch(new URL(path, server.httpUrl)).then(async (answer) => {
        response.writeHead(answer.status).end(await answer.text());
      });
    });
    const url = `http://127.0.0.1:${await listen(proxy)}/chatbox`;
    const { code, findings } = await examine(['--dev', '--url', url, ...only('public url')], {}, cwd);
    expect(code).toBe(1);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('the prefix does not reach the server'),
    });
  });

  it.each([
    [401, 'the token is refused'],
    [400, 'the upgrade headers do not reach'],
    [404, 'no socket under this URL'],
    [502, 'the proxy does not reach'],
    [418, 'the upgrade is refused (418)'],
  ])('whose proxy answers the upgrade with %i', async (status, found) => {
    const cwd = await temporaryFolder();
    const proxy = createServer((_, response) => void response.end('{"status":"healthy"}'));
    proxy.on('upgrade', (_, socket) =>
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`),
    );
    const url = `http://127.0.0.1:${await listen(proxy)}/chatbox`;
    const { findings } = await examine(['--url', url, ...only('public url')], env, cwd);
    expect(findings[1]).toMatchObject({ name: 'websocket', state: 'failed', found: expect.stringContaining(found) });
  });

  it('whose proxy opens the socket itself and has no server behind it fails at the deadline', async () => {
    const cwd = await temporaryFolder();
    const { WebSocketServer } = await import('ws');
    const proxy = createServer((_, response) => void response.end('{"status":"healthy"}'));
    const sockets = new WebSocketServer({ server: proxy });
    onTestFinished(() => sockets.close());
    const url = `http://127.0.0.1:${await listen(proxy)}/chatbox`;
    const { findings } = await examine(['--url', url, '--timeout', '0.5', ...only('public url')], env, cwd);
    expect(findings).toMatchObject([{ state: 'failed', found: 'no answer within 500 ms' }]);
  });

  it('can be asked for with a token of somebody else, or with none', async () => {
    const cwd = await temporaryFolder();
    const server = await serveHere([], { cwd });
    await writeFile(join(cwd, 'bad.token'), 'a.b.c\n');
    const bad = await examine(
      ['--dev', '--url', server.httpUrl, '--token-file', 'bad.token', ...only('public url')],
      {},
      cwd,
    );
    expect(bad.findings[1]).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('the token is refused (401)'),
    });
    const { JWT_SECRET: _, ...rest } = env;
    const none = await examine(
      ['--url', server.httpUrl, ...only('public url')],
      { ...rest, JWKS_URL: 'https://issuer.example.org/keys' },
      cwd,
    );
    expect(none.findings[1]).toMatchObject({ state: 'ok', found: expect.stringContaining('asks for a token') });
  });
});

describe('an interruption', () => {
  it('ends it at once, with 130', async () => {
    let isAsked = false;
    const port = await listen(
      createServer(() => {
        isAsked = true;
      }),
    );
    const captured = captureIo({
      env: { ...env, LLM_PROVIDER_1_ENDPOINT: `http://127.0.0.1:${port}/v1` },
      cwd: await temporaryFolder(),
    });
    const ended = run(captured.io, ['doctor', '--only', 'model', '--timeout', '60']);
    await eventually(() => isAsked, { what: 'the question' });
    captured.interrupt();
    expect(await ended).toBe(130);
  });
});
