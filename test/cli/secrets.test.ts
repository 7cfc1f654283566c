import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../src/cli/main.js';
import { captureIo, runCli, temporaryFolder } from '../helpers/cli.js';
import { renderOf } from '../helpers/k8s-render.js';
import { keyOf } from '../helpers/key-rotation.js';
import { eventually } from '../helpers/poll.js';

const canary = 'c4n4ry-Zq9-7f3LmX2';
const uri = `mongodb://user:${canary}@db.test/chat`;
const echo = { LLM_PROVIDER_1_TYPE: 'echo' };

interface Created {
  readonly secrets: readonly { readonly name: string; readonly origin: string; readonly fingerprint: string | null }[];
  readonly left_out: readonly string[];
}

/** A folder with a file that holds the connection string. */
async function folderWithUri(): Promise<string> {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'uri'), `${uri}\n`);
  return cwd;
}

const create = (cwd: string, ...more: readonly string[]) =>
  runCli(['secrets', 'create', '--from-file', 'MONGO_URI=uri', ...more], { cwd });

/** A terminal that somebody types at. */
function terminal(cwd: string) {
  const captured = captureIo({ cwd, isTTY: true });
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (isRaw: boolean) => raw.push(isRaw) });
  return { ...captured, io: { ...captured.io, stdin }, stdin, raw };
}

describe('secrets create', () => {
  it.each(['env', 'files'])('writes %s that the server loads', async (format) => {
    const cwd = await folderWithUri();
    const made = await create(cwd, '--format', format, '--output', 'out');
    expect(made).toMatchObject({ code: 0 });
    const source = format === 'env' ? '--env-file' : '--secrets-dir';
    const checked = await runCli(['config', 'check', source, 'out'], { cwd, env: echo });
    expect(checked.stdout).toContain('The configuration is good.');
    expect(checked.code).toBe(0);
  });

  it('writes a Secret with every key that the rendered Deployment waits for, under the name it mounts', async () => {
    const cwd = await folderWithUri();
    expect((await create(cwd, '--output', 'secret.yaml', '--namespace', 'talk')).code).toBe(0);
    const secret = parse(await readFile(join(cwd, 'secret.yaml'), 'utf8'));
    expect(secret).toMatchObject({ kind: 'Secret', metadata: { name: 'chatbox-secrets', namespace: 'talk' } });
    const mounted = mountsOf(await renderOf());
    expect(mounted.length).toBeGreaterThan(0);
    for (const { name, keys } of mounted) {
      expect(name).toBe(secret.metadata.name);
      for (const key of keys) expect(Object.keys(secret.data)).toContain(key);
    }
    expect(Buffer.from(secret.data.MONGO_URI, 'base64').toString()).toBe(uri);
  });

  it.each([
    'mongodb://user:with space@db.test/chat',
    "mongodb://user:quo'te@db.test/chat",
    'mongodb://user:"double" \'single\' back\\slash # hash@db.test/chat',
    'mongodb://user:d$llar@db.test/chat',
  ])('brings %s back from every format as it was', async (value) => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'uri'), value);
    const prints = new Set<string | undefined>();
    for (const format of ['k8s', 'env', 'files']) {
      expect((await create(cwd, '--format', format, '--output', format)).code).toBe(0);
      const checked = await runCli(['secrets', 'check', format, '--json'], { cwd });
      expect(checked.code).toBe(0);
      const { secrets } = JSON.parse(checked.stdout) as Created;
      prints.add(secrets.find(({ name }) => name === 'MONGO_URI')?.fingerprint ?? undefined);
    }
    expect([...prints]).toEqual([expect.stringMatching(/^[0-9a-f]{10}$/)]);
  });

  it('writes for its owner alone', async () => {
    const cwd = await folderWithUri();
    for (const format of ['k8s', 'env', 'files']) await create(cwd, '--format', format, '--output', format);
    const mode = async (path: string) => (await stat(join(cwd, path))).mode & 0o777;
    expect([await mode('k8s'), await mode('env'), await mode('files'), await mode('files/JWT_SECRET')]).toEqual([
      0o600, 0o600, 0o700, 0o600,
    ]);
    // Nothing of the writing is left beside.
    expect((await readdir(cwd)).sort()).toEqual(['env', 'files', 'k8s', 'uri']);
  });

  it('makes other keys each time', async () => {
    const cwd = await folderWithUri();
    await create(cwd, '--format', 'env', '--output', 'a');
    await create(cwd, '--format', 'env', '--output', 'b');
    const line = async (file: string, name: string) =>
      (await readFile(join(cwd, file), 'utf8')).split('\n').find((each) => each.startsWith(`${name}=`));
    for (const name of ['JWT_SECRET', 'ENCRYPTION_KEYS']) expect(await line('a', name)).not.toBe(await line('b', name));
  });

  it('names what is neither generated nor given', async () => {
    const cwd = await temporaryFolder();
    const made = await runCli(['secrets', 'create', '--output', 'x', '--json'], { cwd });
    expect(made.code).toBe(0);
    expect((JSON.parse(made.stdout) as Created).left_out).toEqual(['MONGO_URI', 'LLM_PROVIDER_1_API_KEY']);
    expect(made.stderr).toContain('MONGO_URI is left out (the server does not start without it)');
    expect(made.stderr).toContain('LLM_PROVIDER_1_API_KEY is left out (read where it is there)');
  });

  it('asks for what the config file needs, and no more', async () => {
    const cwd = await temporaryFolder();
    await writeFile(
      join(cwd, 'c.yaml'),
      'auth: {jwksUrl: "https://issuer.test/keys"}\nstore: {kind: sqlite}\nencryption: {mode: "off"}\nllm: {providers: [{type: echo}, {type: openai}]}\n',
    );
    const made = await runCli(['secrets', 'create', '--output', 'x', '--config', 'c.yaml', '--json'], { cwd });
    expect(JSON.parse(made.stdout)).toMatchObject({ secrets: [], left_out: ['LLM_PROVIDER_2_API_KEY'] });
  });

  it('makes no JWT_SECRET beside a JWT_KEYS that is given', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'keys'), `${keyOf('k2', 8)},${keyOf('k1', 60)}@2026-01-31T00:00:00Z`);
    const argv = ['secrets', 'create', '--from-file', 'JWT_KEYS=keys', '--output', 'x', '--format', 'env', '--json'];
    const { secrets, left_out: leftOut } = JSON.parse((await runCli(argv, { cwd })).stdout) as Created;
    expect(secrets.map(({ name }) => name)).toEqual(['JWT_KEYS', 'ENCRYPTION_KEYS']);
    expect(leftOut).not.toContain('JWT_SECRET');
    const env = { DATA_DIR: 'data', LLM_PROVIDER_1_TYPE: 'echo' };
    expect((await runCli(['config', 'check', '--env-file', 'x'], { cwd, env })).code).toBe(0);
  });

  it('takes secrets from the environment and from standard input', async () => {
    const cwd = await temporaryFolder();
    const argv = ['secrets', 'create', '--from-env', '--from-stdin', '--output', 'x', '--json'];
    const made = await runCli(argv, {
      cwd,
      env: { MONGO_URI: uri, PATH: '/bin' },
      stdin: 'LLM_PROVIDER_3_API_KEY=sk-Vn3kq\n',
    });
    const { secrets } = JSON.parse(made.stdout) as Created;
    expect(secrets.map(({ name, origin }) => `${name} ${origin}`)).toEqual([
      'MONGO_URI environment',
      'LLM_PROVIDER_3_API_KEY standard input',
      'JWT_SECRET generated',
      'ENCRYPTION_KEYS generated',
    ]);
  });

  it('refuses to overwrite, and to write into a git work tree, without --force', async () => {
    const cwd = await folderWithUri();
    await create(cwd, '--output', 'x');
    const before = await readFile(join(cwd, 'x'), 'utf8');
    expect(await create(cwd, '--output', 'x')).toMatchObject({ code: 6, stderr: expect.stringContaining('--force') });
    expect(await readFile(join(cwd, 'x'), 'utf8')).toBe(before);
    expect((await create(cwd, '--output', 'x', '--force')).code).toBe(0);
    expect(await readFile(join(cwd, 'x'), 'utf8')).not.toBe(before);

    await mkdir(join(cwd, 'tree', 'deep'), { recursive: true });
    execFileSync('git', ['init', '-q', join(cwd, 'tree')]);
    const inTree = await create(cwd, '--output', 'tree/deep/x');
    expect(inTree).toMatchObject({ code: 6, stderr: expect.stringContaining('git work tree') });
    expect(await readdir(join(cwd, 'tree', 'deep'))).toEqual([]);
    expect((await create(cwd, '--output', 'tree/deep/x', '--force')).code).toBe(0);
  });

  it('replaces a folder of secrets only where it holds nothing else', async () => {
    const cwd = await folderWithUri();
    const argv = ['--format', 'files', '--output', 'dir', '--force'];
    await create(cwd, ...argv);
    await writeFile(join(cwd, 'dir', 'LLM_PROVIDER_9_API_KEY'), 'sk-old');
    expect((await create(cwd, ...argv)).code).toBe(0);
    expect((await readdir(join(cwd, 'dir'))).sort()).toEqual(['ENCRYPTION_KEYS', 'JWT_SECRET', 'MONGO_URI']);
    await writeFile(join(cwd, 'dir', 'diary.txt'), 'mine');
    expect(await create(cwd, ...argv)).toMatchObject({ code: 6, stderr: expect.stringContaining('diary.txt') });
    expect(await readFile(join(cwd, 'dir', 'diary.txt'), 'utf8')).toBe('mine');
  });

  it('writes nothing with --dry-run', async () => {
    const cwd = await folderWithUri();
    const made = await create(cwd, '--output', 'x', '--dry-run', '--json');
    expect(JSON.parse(made.stdout)).toMatchObject({ dry_run: true });
    expect(await readdir(cwd)).toEqual(['uri']);
  });

  it('shows values on a terminal only', async () => {
    const cwd = await folderWithUri();
    const argv = ['secrets', 'create', '--from-file', 'MONGO_URI=uri', '--show'];
    expect(await runCli(argv, { cwd })).toMatchObject({ code: 2, stdout: '' });
    const shown = await runCli(argv, { cwd, isTTY: true });
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining(`MONGO_URI=${uri}`) });
  });

  it('asks on a terminal without echo, again where the answer is refused', async () => {
    const cwd = await temporaryFolder();
    const { io, stdin, stderr, stdout, raw } = terminal(cwd);
    const ended = run(io, ['secrets', 'create', '--output', 'x', '--format', 'env']);
    stdin.write('CHANGE_ME\r');
    stdin.write(`mongodb://user:oops\x15${uri}!\x7f\r`);
    stdin.write('\r');
    expect(await ended).toBe(0);
    expect(await readFile(join(cwd, 'x'), 'utf8')).toContain(`MONGO_URI=${uri}\n`);
    expect(stderr()).toContain('holds a placeholder');
    expect(stdout() + stderr()).not.toContain(canary);
    expect(raw).toEqual([true, false]);
  });

  it.each(['key', 'signal'])('leaves nothing behind after Ctrl-C at a prompt (%s)', async (how) => {
    const cwd = await temporaryFolder();
    const { io, stdin, stderr, interrupt, raw } = terminal(cwd);
    const ended = run(io, ['secrets', 'create', '--output', 'x', '--format', 'files']);
    await eventually(() => stderr().includes('MONGO_URI: '), { what: 'the question' });
    if (how === 'key') stdin.write(`${uri}\x03`);
    else interrupt();
    expect(await ended).toBe(130);
    expect(await readdir(cwd)).toEqual([]);
    expect(raw).toEqual([true, false]);
  });

  it.each([
    [['--from-file', 'MONGO_URL=uri'], 2, 'did you mean MONGO_URI?'],
    [['--from-file', 'uri'], 2, 'must be NAME=path'],
    [['--from-file', 'MONGO_URI=nowhere'], 2, 'is not there'],
    [['--from-file', 'MONGO_URI=uri', '--without', 'MONGO_URI'], 2, 'left out by --without'],
    [['--without', 'NOTHING_OF_OURS'], 2, 'there is no secret of the name'],
    [['--format', 'toml'], 2, 'toml'],
    [['--name', 'Bad_Name'], 2, '--name'],
    [['--from-file', 'JWT_SECRET=short'], 3, 'must have at least 32 bytes, has 5'],
    [['--from-file', 'JWT_SECRET=weak'], 3, 'is weak'],
    [['--config', 'nowhere.yaml'], 3, 'is not there'],
  ])('refuses %j before anything is written', async (argv, code, words) => {
    const cwd = await folderWithUri();
    await writeFile(join(cwd, 'short'), 'short');
    await writeFile(join(cwd, 'weak'), 'my-super-secret-jwt-key-for-chatbox-production');
    const made = await runCli(['secrets', 'create', '--output', 'x', ...argv], { cwd });
    expect(made).toMatchObject({ code, stderr: expect.stringContaining(words) });
    expect((await readdir(cwd)).sort()).toEqual(['short', 'uri', 'weak']);
  });

  it('says where there is nowhere to write to', async () => {
    const cwd = await folderWithUri();
    expect(await create(cwd)).toMatchObject({ code: 2, stderr: expect.stringContaining('--output is missing') });
    const gone = await create(cwd, '--output', 'no/such/folder/x');
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') });
  });
});

describe('secrets create with something left out', () => {
  it('says in its last line which check passes, and that one does', async () => {
    const cwd = await temporaryFolder();
    const last = (stderr: string) => stderr.trimEnd().split('\n').at(-1);
    const checks = (...more: readonly string[]) => runCli(['secrets', 'check', 'out', ...more], { cwd });
    const argv = ['secrets', 'create', '--format', 'env', '--output', 'out', '--force'];
    const check = `\`chatbox secrets check ${join(cwd, 'out')}`;
    const made = await runCli(argv, { cwd });
    expect(last(made.stderr)).toBe(
      `${check}\` passes once MONGO_URI is there; without, if a config file says that it is not needed: ${check} --config FILE\``,
    );
    expect((await checks()).code).toBe(3);
    await writeFile(join(cwd, 'c.yaml'), 'store:\n  kind: sqlite\n');
    expect((await checks('--config', 'c.yaml')).code).toBe(0);
    const alone = await runCli([...argv, '--config', 'c.yaml'], { cwd });
    expect(last(alone.stderr)).toBe(`${check} --config c.yaml\` passes without LLM_PROVIDER_1_API_KEY`);
    const whole = await runCli([...argv, '--from-env'], {
      cwd,
      env: { MONGO_URI: uri, LLM_PROVIDER_1_API_KEY: 'sk-1234567890' },
    });
    expect(last(whole.stderr)).toBe(`written to ${join(cwd, 'out')}`);
  });
});

describe('secrets check', () => {
  it('names a misspelt secret with the name that was meant, and no name of others', async () => {
    const cwd = await temporaryFolder();
    const lines = ['JWT_SECERT=x', 'MONGO_URL=y', 'RATE_LIMIT=5', 'PGPASSWORD=z', `MONGO_URI=${uri}`];
    await writeFile(join(cwd, 'a.env'), `${lines.join('\n')}\n`);
    const { code, stderr } = await runCli(['secrets', 'check', 'a.env'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/warning: [^\n]*JWT_SECERT: is not read; did you mean JWT_SECRET\?/);
    expect(stderr).toMatch(/warning: [^\n]*MONGO_URL: is not read; did you mean MONGO_URI\?/);
    expect(stderr.match(/did you mean/g)).toHaveLength(2);
  });

  const key = 'aK8Jx0bq1XyZ3cVnM7rT5wQeUoPsDfGh';
  const sealing = 'k1:mrnS3H3fxEq3wQ0nS1o9yqzV0tYl9WgD8e5c2bA7xZk=';
  const good = { JWT_SECRET: key, ENCRYPTION_KEYS: sealing, MONGO_URI: uri };

  const wrong: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['missing', { MONGO_URI: '' }, 'MONGO_URI is missing'],
    ['too short', { JWT_SECRET: 'aK8Jx0bq1XyZ' }, 'must have at least 32 bytes'],
    ['wrong encoding', { ENCRYPTION_KEYS: `k1:${'zz'.repeat(32)}` }, 'must be 32 bytes in base64'],
    ['placeholder', { MONGO_URI: 'mongodb://user:CHANGE_ME@db/chat' }, 'holds a placeholder'],
    ['weak words', { JWT_SECRET: 'my-super-secret-jwt-key-for-chatbox-production' }, 'is weak'],
    ['duplicate id', { ENCRYPTION_KEYS: `${sealing},${sealing}` }, 'has the id k1 twice'],
    ['no connection string', { MONGO_URI: 'db.test:27017/chat' }, 'is no connection string'],
    ['short key of tokens', { JWT_KEYS: 'k1:c2hvcnQ=' }, 'must be at least 32 bytes in base64'],
    ['key of tokens twice', { JWT_KEYS: `${keyOf('k1', 8)},${keyOf('k1', 60)}` }, 'has the id k1 twice'],
  ];

  async function written(kind: 'env' | 'files' | 'k8s', set: Readonly<Record<string, string>>): Promise<string> {
    const cwd = await temporaryFolder();
    const path = join(cwd, 'set');
    const entries = Object.entries(set);
    if (kind === 'env') await writeFile(path, entries.map(([name, value]) => `${name}=${value}\n`).join(''));
    else if (kind === 'k8s')
      await writeFile(path, JSON.stringify({ apiVersion: 'v1', kind: 'Secret', stringData: set }));
    else {
      await mkdir(path);
      for (const [name, value] of entries) await writeFile(join(path, name), value);
    }
    return path;
  }

  describe.each(['env', 'files', 'k8s'] as const)('of %s', (kind) => {
    it('finds nothing in a good set', async () => {
      const checked = await runCli(['secrets', 'check', await written(kind, good)]);
      expect(checked).toMatchObject({ code: 0, stderr: '' });
    });

    it.each(wrong)('names what is wrong, and its fix: %s', async (_, change, words) => {
      const path = await written(kind, { ...good, ...change });
      const checked = await runCli(['secrets', 'check', path, '--json']);
      expect(checked.code).toBe(3);
      const { problems } = JSON.parse(checked.stdout) as { problems: { message: string; fix: string | null }[] };
      expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(words)]);
      expect(problems.map(({ fix }) => fix)).toEqual([expect.stringMatching(/\w{3}/)]);
      for (const value of Object.values(change).filter((each) => each !== ''))
        expect(checked.stdout + checked.stderr).not.toContain(value);
    });
  });

  it.each(['files', 'k8s'] as const)('names a stray line break in %s', async (kind) => {
    for (const stray of ['\n', '\r\n', '\n\n']) {
      const path = await written(kind, { ...good, JWT_SECRET: `${key}${stray}` });
      const checked = await runCli(['secrets', 'check', path]);
      expect(checked).toMatchObject({ code: 3, stdout: expect.stringContaining('line break') });
      expect(checked.stdout.trim().split('\n')).toHaveLength(1);
    }
  });

  it('names data of a manifest that is not base64, without quoting it', async () => {
    const cwd = await temporaryFolder();
    const data = { ...good, MONGO_URI: `${canary}!` };
    await writeFile(
      join(cwd, 's'),
      `kind: Secret\ndata: ${JSON.stringify({ MONGO_URI: data.MONGO_URI })}\nstringData:\n  JWT_SECRET: ${key}\n  ENCRYPTION_KEYS: "${sealing}"\n`,
    );
    const checked = await runCli(['secrets', 'check', 's'], { cwd });
    expect(checked).toMatchObject({ code: 3, stdout: expect.stringContaining('MONGO_URI: is not base64') });
    expect(checked.stdout + checked.stderr).not.toContain(canary);
  });

  it.each([
    ['kind: Secret\n  stringData: [', 'is not YAML'],
    ['kind: ConfigMap\n', 'holds no Secret'],
    ['kind: Secret\n---\nkind: Secret\n', 'holds 2 Secrets'],
  ])('says why it cannot read %j', async (text, words) => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 's'), text);
    expect(await runCli(['secrets', 'check', 's'], { cwd })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(words),
    });
  });

  it('names a variable that an env file gives twice', async () => {
    const path = await written('env', good);
    await writeFile(path, `JWT_SECRET=${key}x\n`, { flag: 'a' });
    const checked = await runCli(['secrets', 'check', path]);
    expect(checked).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('set:4 JWT_SECRET: is given a second time'),
    });
  });
});

describe('the page docs/secrets.md', () => {
  it('has examples that run in the order in which they stand', async () => {
    const page = await readFile(fileURLToPath(new URL('../../docs/secrets.md', import.meta.url)), 'utf8');
    const lines = [...page.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));
    expect(lines.length).toBeGreaterThan(5);
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'mongo.uri'), `${uri}\n`);
    for (const line of lines) {
      const [program, ...argv] = line.split(' ');
      expect(program).toBe('chatbox');
      expect(await runCli(argv, { cwd }), line).toMatchObject({ code: 0 });
    }
  });
});

describe('a canary', () => {
  it('shows up in nothing that a command prints, whatever goes wrong', async () => {
    const cwd = await folderWithUri();
    await writeFile(join(cwd, 'bad'), `${canary}-CHANGE_ME`);
    await writeFile(join(cwd, 'broken.yaml'), `kind: Secret\nstringData: {MONGO_URI: "${canary}\n  x: [`);
    await writeFile(join(cwd, 'broken.env'), `${canary}\nMONGO_URI='${canary}\n`);
    await mkdir(join(cwd, 'busy'));
    await writeFile(join(cwd, 'busy', 'x'), '');
    const create = ['secrets', 'create', '--from-file', 'MONGO_URI=uri'];
    const lines = [
      [...create, '--output', 'a'],
      [...create, '--output', 'a'],
      [...create, '--output', 'b', '--format', 'env'],
      [...create, '--output', 'c', '--format', 'files'],
      [...create, '--output', 'busy', '--format', 'files', '--force'],
      [...create, '--output', 'busy', '--force'],
      [...create, '--output', 'no/folder/x', '--format', 'files'],
      [...create, '--from-env', '--output', 'd'],
      [...create, '--show'],
      ['secrets', 'create', '--from-file', 'JWT_SECRET=bad', '--output', 'e'],
      ['secrets', 'create', '--from-file', canary, '--output', 'e'],
      ['secrets', 'create', '--from-stdin', '--output', 'e'],
      ...['a', 'b', 'c', 'broken.yaml', 'broken.env', 'bad', 'uri'].map((source) => ['secrets', 'check', source]),
    ];
    for (const line of lines) {
      for (const flags of [[], ['--debug'], ['--json', '--debug']]) {
        const { stdout, stderr } = await runCli([...line, ...flags], {
          cwd,
          env: { MONGO_URI: uri },
          stdin: `${canary}\nMONGO_URI="${canary}\n`,
        });
        expect(stdout + stderr, line.join(' ')).not.toContain(canary);
      }
    }
  });
});

/** The Secrets that pods mount, with the keys that must be there. */
function mountsOf(objects: readonly unknown[]): readonly { readonly name: string; readonly keys: readonly string[] }[] {
  const found: { name: string; keys: string[] }[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'secret' && value.optional !== true)
        found.push({
          name: value.name ?? value.secretName,
          keys: (value.items ?? []).map((item: { key: string }) => item.key),
        });
      walk(value);
    }
  };
  walk(objects);
  return found;
}
