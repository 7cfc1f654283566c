// No command shows a secret: each runs as a process of its own with a canary for every secret, in the environment and in an env file, with --debug. Looked at are what it
// prints, the arguments of every process, and the environment of what it starts. Needs dist/, as `npm test` builds it. Linux only.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import type { Sealed } from '../../src/server/ports/store.js';
import { encrypted } from '../../src/server/store/encryption/encrypted-store.js';
import { createKeyring } from '../../src/server/store/encryption/keyring.js';
import { openSqliteStore } from '../../src/server/store/sqlite/sqlite-store.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { kubeconfigText } from '../helpers/fake-api-server.js';
import { eventually } from '../helpers/poll.js';
import { formsOf, type ProcWatch, watchProc } from '../helpers/proc-watch.js';
import { messageOf, projectionOf, seedOf } from '../helpers/store-fixtures.js';
import { silentLog } from '../helpers/store-sqlite.js';

const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));
const fixture = fileURLToPath(new URL('../k8s/fixtures/m1-uri-in-env.yaml', import.meta.url));

/** In every secret; another one in each run, so that no other test is seen. */
const canary = `c4n4ry${randomBytes(9).toString('hex')}`;
const forms = formsOf(canary);
const keyBytes = Buffer.from(`${canary}Zx3Lm7Tb`);
const mongoUri = `mongodb://user:${canary}@127.0.0.1:9/chat`;
const secrets: Readonly<Record<string, string>> = {
  JWT_SECRET: `${canary}Vw8Kd5Rf1Hs6`,
  JWT_KEYS: `k1:${keyBytes.toString('base64')}`,
  ENCRYPTION_KEYS: `k1:${keyBytes.toString('base64')}`,
  LLM_PROVIDER_1_API_KEY: `sk-${canary}`,
};
const settings: Readonly<Record<string, string>> = {
  DATA_DIR: 'data',
  ALLOWED_ORIGINS: 'https://chat.example.com',
  LLM_PROVIDER_1_TYPE: 'openai',
  LLM_PROVIDER_1_ENDPOINT: 'http://127.0.0.1:9/v1',
  LLM_PROVIDER_1_MODEL: 'gpt',
};
const onMongo = { MONGO_URI: mongoUri, STORE: 'mongodb', MONGO_START_TIMEOUT: '1s' };

/** One run of a command. */
interface Row {
  /** What follows its words. */
  readonly args: readonly string[];
  /** The exit code that shows that it came as far as it should. */
  readonly code: number;
  /** Beside the secrets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ended by SIGTERM once it has printed this. */
  readonly endsAfter?: RegExp;
}

const target = ['--server', 'URL', '--token-file', 'admin'];
/** Every command, by its words. URL stands for the server. */
const rows: Readonly<Record<string, Row>> = {
  serve: { args: ['--host', '127.0.0.1', '--port', '0', '--ops-port', 'off'], code: 0, endsAfter: /listening/ },
  chat: { args: ['--message', 'hello', ...target], code: 0 },
  takeover: { args: ['ann-1', '--json', ...target], code: 0 },
  'sessions list': { args: target, code: 0 },
  'sessions show': { args: ['ann-1', ...target], code: 0 },
  'sessions tail': { args: ['ann-1', ...target], code: 130, endsAfter: /words/ },
  'sessions export': { args: ['ann-1', ...target], code: 0 },
  'sessions end': { args: ['ann-2', '--yes', ...target], code: 0 },
  top: { args: ['--once', ...target], code: 0 },
  'config show': { args: [], code: 0 },
  'config check': { args: [], code: 0 },
  'config docs': { args: [], code: 0 },
  init: { args: ['made'], code: 0 },
  doctor: { args: ['--timeout', '2', '--port', '0', '--ops-port', 'off'], code: 1 },
  'k8s check': { args: ['manifest.yaml'], code: 1 },
  'k8s render': { args: ['--image', 'registry.test/chatbox:1.0.0', '--host', 'chat.example.com'], code: 0 },
  'secrets create': {
    args: ['--format', 'env', '--from-env', '--output', 'made.env'],
    code: 0,
    env: { MONGO_URI: mongoUri },
  },
  // The cluster's login is a program: the one child that a command starts.
  'secrets check': { args: ['secret/chatbox-secrets', '--kubeconfig', 'kubeconfig'], code: 7 },
  'secrets rotate': { args: ['encryption', '--step', 'add', '--source', 'set.env'], code: 0 },
  'token create': { args: ['--user', 'ada'], code: 0 },
  'token inspect': { args: ['admin'], code: 4 },
  'store backup': { args: ['copy.sqlite'], code: 0 },
  'store restore': { args: ['--overwrite', 'backup.sqlite'], code: 0 },
  import: { args: [], code: 7, env: onMongo },
  'keys list': { args: ['--scan'], code: 0 },
  'keys rotate': { args: [], code: 0 },
  'users export': { args: ['ann'], code: 0 },
  'users erase': { args: ['ann', '--yes'], code: 0 },
};

/** Those that read most of the configuration run both ways; all others that take an env file have it from there, which also keeps it out of their own environment. */
const bothWays = ['serve', 'config show', 'config check', 'doctor', 'import'];
const sourcesOf = (words: string, hasFile: boolean): readonly ('env' | 'env-file')[] =>
  !hasFile ? ['env'] : bothWays.includes(words) ? ['env', 'env-file'] : ['env-file'];

const envFileOf = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

describe.skipIf(process.platform !== 'linux')('a canary in every secret', () => {
  let folder: string;
  let app: TestApp;
  let watch: ProcWatch;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chatbox-canary-'));
    app = await startApp();
    watch = watchProc(forms);
    const template = join(folder, 'template');
    mkdirSync(template);
    const inner = await openSqliteStore<Sealed>(
      { dataDir: join(template, 'data') },
      { clock: systemClock, log: silentLog },
    );
    const ring = createKeyring([{ id: 'k1', bytes: keyBytes }], systemRandom, true);
    const sealing = encrypted(inner, ring, () => undefined);
    for (const store of [sealing, app.store])
      for (const ordinal of [1, 2]) {
        await store.createSession(seedOf({ ordinal }));
        await store.append(`ann-${ordinal}`, 1, messageOf('m1', { content: 'words' }));
        await store.project([{ sessionId: `ann-${ordinal}`, projection: projectionOf({ seq: 1 }) }]);
      }
    await inner.close();
    cpSync(join(template, 'data/chatbox.db'), join(template, 'backup.sqlite'));
    writeFileSync(join(template, 'admin'), await app.token('root', { roles: ['admin'] }));
    writeFileSync(join(template, 'set.env'), envFileOf(secrets));
    writeFileSync(join(template, 'manifest.yaml'), readFileSync(fixture, 'utf8').replace('hunter2', canary));
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './login' } };
    writeFileSync(join(template, 'kubeconfig'), kubeconfigText('https://127.0.0.1:9', { user }));
    const answer = JSON.stringify({ kind: 'ExecCredential', status: { token: 'fake-token' } });
    // It stays long enough to be seen.
    writeFileSync(join(template, 'login'), `#!/bin/sh\nenv > login.env\nsleep 0.2\necho '${answer}'\n`);
    chmodSync(join(template, 'login'), 0o755);
  });
  afterAll(async () => {
    watch.stop();
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A folder for one run, with what any of them may need. */
  function freshFolder(name: string): string {
    const cwd = join(folder, name);
    cpSync(join(folder, 'template'), cwd, { recursive: true });
    return cwd;
  }

  async function runAsProcess(words: string, row: Row, source: 'env' | 'env-file'): Promise<void> {
    const cwd = freshFolder(`${words} ${source}`.replaceAll(' ', '-'));
    const values = { ...settings, ...secrets, ...row.env };
    if (source === 'env-file') writeFileSync(join(cwd, 'given.env'), envFileOf(values));
    const args = row.args.map((arg) => (arg === 'URL' ? app.httpUrl : arg));
    const argv = [
      ...words.split(' '),
      ...args,
      ...(source === 'env-file' ? ['--env-file', 'given.env'] : []),
      '--debug',
    ];
    const child = spawn(process.execPath, [bin, ...argv], {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd, ...(source === 'env' ? values : {}) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
    watch.add(child.pid ?? 0, source === 'env-file');
    let said = '';
    let isEnding = false;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part) => {
        said += String(part);
        // Once: a second signal ends it as the system does.
        if (!isEnding && row.endsAfter?.test(said) === true) isEnding = child.kill('SIGTERM');
      });
    const [code] = await once(child, 'close');
    const what = `${words}, canary from ${source}`;
    expect(
      forms.filter((form) => said.includes(form)),
      `${what}: it printed the canary`,
    ).toEqual([]);
    expect([code, said], what).toEqual([row.code, expect.any(String)]);
    if (existsSync(join(cwd, 'login.env'))) expect(readFileSync(join(cwd, 'login.env'), 'utf8')).not.toContain(canary);
  }

  it('is seen by the watch where it is: in arguments, and in the environment of a child', async () => {
    const own = `0wn${randomBytes(8).toString('hex')}`;
    const proof = watchProc([own]);
    const script = `sleep 1 & wait # ${own}`;
    const child = spawn('sh', ['-c', script], { env: { PATH: process.env.PATH, SECRET: own } });
    try {
      proof.add(child.pid ?? 0, false);
      const places = [/^cmdline of \d+$/, /^environ of \d+, a child$/];
      await eventually(() => places.every((place) => [...proof.seen].some((each) => place.test(each))), {
        what: 'the watch to see both',
      });
    } finally {
      proof.stop();
      child.kill('SIGKILL');
    }
  });

  it('appears nowhere, whichever command runs', async () => {
    expect(Object.keys(rows).sort()).toEqual(commands.map(({ path }) => path.join(' ')).sort());
    const queue = commands.flatMap(({ path, options }) => {
      const words = path.join(' ');
      const hasFile = options.some(({ flags }) => flags.startsWith('--env-file'));
      const row = rows[words];
      return row === undefined ? [] : sourcesOf(words, hasFile).map((source) => ({ words, row, source }));
    });
    const failures: unknown[] = [];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        await runAsProcess(next.words, next.row, next.source).catch((cause: unknown) => failures.push(cause));
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    expect(failures).toEqual([]);
    expect(watch.children.size).toBeGreaterThan(0);
    expect([...watch.seen]).toEqual([]);
  }, 60_000);

  it('appears nowhere when something throws where nobody catches it, while the secrets are loaded', async () => {
    const cwd = freshFolder('crash');
    const crash = 'process.on(`SIGUSR2`, () => { throw new Error(`out of nowhere`); })';
    const argv = ['--import', `data:text/javascript,${encodeURIComponent(crash)}`, bin, 'serve', '--debug'];
    const child = spawn(process.execPath, [...argv, ...(rows.serve?.args ?? [])], {
      cwd,
      env: { PATH: process.env.PATH, ...settings, ...secrets },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
    watch.add(child.pid ?? 0, false);
    const before = readdirSync(cwd);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part) => {
        said += String(part);
        if (/listening/.test(said)) child.kill('SIGUSR2');
      });
    const [code] = await once(child, 'close');
    expect(code).not.toBe(0);
    expect(said).toContain('out of nowhere');
    expect(forms.filter((form) => said.includes(form))).toEqual([]);
    // Nor is a report or a dump left behind.
    expect(readdirSync(cwd)).toEqual(before);
    expect([...watch.seen]).toEqual([]);
  }, 30_000);
});
