// Station: test/cli. The bundle that bin/chatbox.js runs: it holds the whole server, and what crosses from one of its files to another keeps its meaning.
// Needs dist/, which `npm test` builds first.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemRandom } from '../../src/common/random.js';
import { createKeyring } from '../../src/server/store/encryption/keyring.js';
import { temporaryFolder } from '../helpers/cli.js';
import { leastEnv } from '../helpers/config.js';
import { startServe } from '../helpers/serve-process.js';
import { testKeys } from '../helpers/store-sqlite.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bundle = join(root, 'dist/bundle');
const isBuilt = existsSync(join(bundle, 'main.js'));
if (!isBuilt) process.stderr.write('bundle.test: dist/bundle is not built; `npm test` builds it\n');

/** The program as it is installed, with no other part of dist/ than the bundle. */
async function installed(): Promise<string> {
  const folder = await temporaryFolder();
  for (const part of ['bin', 'dist/bundle', 'package.json'])
    await cp(join(root, part), join(folder, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'bin/chatbox.js');
}

function run(program: string, args: readonly string[]): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { timeout: 15_000 }, (failed, _, stderr) =>
      resolve({ code: failed === null ? 0 : failed.code, stderr }),
    );
  });
}

async function takenPort(): Promise<string> {
  const taken = createServer();
  onTestFinished(() => void taken.close());
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  return String(typeof address === 'object' && address !== null ? address.port : 0);
}

describe.skipIf(!isBuilt)('the bundle', () => {
  it('serves and drains on SIGTERM without the rest of dist/, and keeps its folder to itself', async () => {
    const program = await installed();
    const dataDir = await temporaryFolder();
    const server = await startServe(dataDir, { program });
    onTestFinished(() => void server.process.kill('SIGKILL'));
    const answer = await fetch(`${server.httpUrl}/sessions`, {
      headers: { authorization: `Bearer ${await server.token('anna')}` },
    });
    expect(answer.status).toBe(200);
    expect((await fetch(`${server.httpUrl}/openapi.json`)).status).toBe(200);
    const second = await run(program, ['serve', '--dev', '--port', '0', '--data-dir', dataDir]);
    expect(second.code).toBe(6);
    expect(second.stderr).toContain('chatbox: store: Another chatbox uses this DATA_DIR\n  fix: Stop that one');
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('says which port is taken, and what is wrong with the configuration', async () => {
    const program = await installed();
    const dataDir = await temporaryFolder();
    const port = await takenPort();
    const taken = await run(program, ['serve', '--dev', '--port', port, '--data-dir', dataDir]);
    expect(taken.code).toBe(6);
    expect(taken.stderr).toContain(`chatbox: something listens on 127.0.0.1:${port} already\n  fix: end it`);
    const wrong = await run(program, ['serve', '--dev', '--port', 'x', '--data-dir', dataDir]);
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain('the configuration has a problem');
  });

  it('has the thread that seals anew beside the file that starts it', async () => {
    const starters = (await readdir(bundle)).filter((file) => file.endsWith('.js'));
    const texts = await Promise.all(starters.map((file) => readFile(join(bundle, file), 'utf8')));
    expect(texts.filter((text) => text.includes('./reseal-worker.js'))).toHaveLength(1);
    const keyring = createKeyring(testKeys, systemRandom, true);
    const thread = new Worker(join(bundle, 'reseal-worker.js'), { workerData: keyring.shared });
    onTestFinished(() => void thread.terminate());
    expect(await once(thread, 'message')).toEqual(['ready']);
    thread.postMessage({ envelopes: [keyring.seal('words', 'here').sealed], places: ['here'] });
    expect(await once(thread, 'message')).toEqual([[expect.stringMatching(/^cbx1:k1:/)]]);
  });

  it('reads an --env-file that is there, whoever of node and chatbox takes the option', async () => {
    const program = await installed();
    const file = join(await temporaryFolder(), 'chatbox.env');
    const lines = Object.entries(leastEnv).map(([name, value]) => `${name}=${value}`);
    await writeFile(file, `${lines.join('\n')}\n`);
    expect((await run(program, ['config', 'check', '--env-file', file])).code).toBe(0);
    expect((await run('--', [program, 'config', 'check', '--env-file', file])).code).toBe(0);
    expect((await run('--', [program, 'config', 'check', '--env-file', `${file}.none`])).code).toBe(3);
  });

  it('imports only what cannot be in it or is not needed to serve', async () => {
    const found = new Set<string>();
    for (const file of await readdir(bundle)) {
      if (!file.endsWith('.js')) continue;
      const text = await readFile(join(bundle, file), 'utf8');
      for (const [, name = ''] of text.matchAll(/^(?:import|export)\b[^;'"\n]*["']([^."'][^"']*)["'];$/gm)) {
        if (!name.startsWith('node:')) found.add(name);
      }
    }
    expect([...found].sort()).toEqual(['ink', 'libsql', 'mongodb', 'react', 'react/jsx-runtime', 'string-width']);
  });

  it('loads the client of clusters nowhere but where one is asked', async () => {
    const files = (await readdir(bundle)).filter((file) => file.endsWith('.js'));
    const texts = await Promise.all(files.map(async (file) => await readFile(join(bundle, file), 'utf8')));
    const speaking = texts.filter((text) => text.includes('@kubernetes/client-node'));
    expect(speaking).toHaveLength(1);
    expect(speaking[0]).not.toMatch(/(?:^|;)\s*import\b[^;(]*"@kubernetes\/client-node"/m);
  });

  it('shows the licences of the packages in it', async () => {
    const text = await readFile(join(bundle, 'THIRD-PARTY.txt'), 'utf8');
    const titles = [...text.matchAll(/^-{80}\n(\S+) [\d.]+\n-{80}\n\n\S/gm)].map(([, name]) => name);
    expect(titles).toEqual(expect.arrayContaining(['fastify', 'openai', 'pino', 'undici', 'ws', 'zod']));
  });
});

describe('the program of a clone that was never built', () => {
  it('says so in one line, with what mends it, and ends with 1', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'bin'));
    await cp(join(root, 'bin/chatbox.js'), join(folder, 'bin/chatbox.js'));
    await cp(join(root, 'package.json'), join(folder, 'package.json'));
    expect(await run(join(folder, 'bin/chatbox.js'), ['serve', '--dev'])).toEqual({
      code: 1,
      stderr: 'chatbox: this clone is not built yet (fix: run `npm run build` in it; `npm start` does so by itself)\n',
    });
  });
});
