import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { settingOptions } from '../../src/cli/config-options.js';
import { catalog } from '../../src/server/config/catalog.js';
import { runCli, temporaryFolder } from '../helpers/cli.js';
import { goodSecret, leastEnv } from '../helpers/config.js';
import { keyOf } from '../helpers/key-rotation.js';

describe('chatbox config check', () => {
  it('ends with 0 and a summary when all is well', async () => {
    const result = await runCli(['config', 'check'], { cwd: '/home', env: leastEnv });
    expect(result).toEqual({
      code: 0,
      stdout: `The configuration is good.
  listens on  0.0.0.0:8080/chatbox
  stores in   sqlite in /home/data
  token key   JWT_SECRET
  models      gpt (openai)
`,
      stderr: '',
    });
    const mongo = {
      ...leastEnv,
      MONGO_URI: 'mongodb://u:Canary@db',
      JWT_SECRET: '',
      JWKS_URL: 'https://keys.example.com',
    };
    const other = await runCli(['config', 'check', '--path-prefix', '/'], { env: mongo });
    expect(other.stdout).toContain('listens on  0.0.0.0:8080/\n');
    expect(other.stdout).toContain('stores in   mongodb, database chat\n  token key   JWKS_URL\n');
    expect(other.stdout).not.toContain('Canary');
  });

  it('ends with 3 and every problem when not', async () => {
    const result = await runCli(['config', 'check'], { env: { RATE_LIMIT: '0' } });
    expect(result.code).toBe(3);
    expect(result.stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(result.stderr).toContain('5 problems. The server would not start.');
    const one = await runCli(['config', 'check', '--quiet'], { env: { ...leastEnv, RATE_LIMIT: '0' } });
    expect(one).toMatchObject({ code: 3, stderr: '' });
    expect((await runCli(['config', 'check'], { env: { ...leastEnv, RATE_LIMIT: '0' } })).stderr).toContain(
      'One problem.',
    );
  });

  it('says it as JSON', async () => {
    const result = await runCli(['config', 'check', '--json'], {
      env: { ...leastEnv, SMTP_HOST: 'k', RATE_LIMIT: '0' },
    });
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: false,
      problems: [{ source: 'env RATE_LIMIT', fix: null }],
      notices: [{ source: 'env SMTP_HOST' }],
    });
  });

  it('reads the files that it is shown', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, '.env'), 'LLM_PROVIDER_1_TYPE=echo\nDATA_DIR=here\nENCRYPTION=off\n');
    await writeFile(
      join(cwd, 'chatbox.yaml'),
      'http: {port: 81}\nsockets: {allowedOrigins: [https://a.example.com]}\n',
    );
    await mkdir(join(cwd, 'secrets'));
    await writeFile(join(cwd, 'secrets/JWT_SECRET'), `${goodSecret}\n`);
    await writeFile(join(cwd, 'secrets/..data'), 'not a secret');
    const files = ['--env-file', '.env', '--config', 'chatbox.yaml', '--secrets-dir', 'secrets'];
    const result = await runCli(['config', 'check', ...files], { cwd });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(`0.0.0.0:81/chatbox\n  stores in   sqlite in ${join(cwd, 'here')}`);
    const credentials = { CREDENTIALS_DIRECTORY: join(cwd, 'secrets') };
    expect((await runCli(['config', 'check', ...files.slice(0, 4)], { cwd, env: credentials })).code).toBe(0);
  });

  it('says which of several keys signs', async () => {
    const keys = { JWT_KEYS: `${keyOf('k2', 8)},${keyOf('k1', 60)}` };
    const both = await runCli(['config', 'check'], { env: { ...leastEnv, ...keys } });
    expect(both.stdout).toContain('token key   JWT_KEYS: k2 signs; checked too: k1, JWT_SECRET\n');
    const shown = await runCli(['config', 'show'], { env: { ...leastEnv, ...keys } });
    expect(shown.stdout).toMatch(/\nauth\.jwtKeys +JWT_KEYS +env JWT_KEYS +\(set, sha256 [0-9a-f]{8}\)\n/);
    const one = await runCli(['config', 'check'], { env: { ...leastEnv, JWT_SECRET: '', JWT_KEYS: keyOf('k2', 8) } });
    expect(one.stdout).toContain('token key   JWT_KEYS: k2 signs\n');
    for (const { stdout } of [both, shown, one]) expect(stdout).not.toContain(keyOf('k2', 8).slice(3));
  });

  it.each([
    ['--config', 'none.yaml', /^none\.yaml: is not there/],
    ['--config', '.', /^\.: is a folder, not a file/],
    ['--config', 'latin1.yaml', /^latin1\.yaml: is not UTF-8 text/],
    ['--config', 'huge.yaml', /^huge\.yaml: is larger than 1048576 bytes/],
    ['--env-file', 'none', /^--env-file none: is not there/],
    ['--secrets-dir', 'none', /^secrets folder none: is not there/],
    ['--secrets-dir', 'latin1.yaml', /^secrets folder latin1\.yaml: is a file, not a folder/],
    ['--secrets-dir', 'bad', /^secrets folder bad: JWT_SECRET is larger than 65536 bytes/],
  ])('says why a file cannot be read: %s %s', async (option, path, problem) => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'latin1.yaml'), Buffer.from([0x61, 0xe9, 0x0a]));
    await writeFile(join(cwd, 'huge.yaml'), '#'.repeat(1_048_577));
    await mkdir(join(cwd, 'bad'));
    await writeFile(join(cwd, 'bad/JWT_SECRET'), 'x'.repeat(65_537));
    const { code, stdout } = await runCli(['config', 'check', option, path], { cwd, env: leastEnv });
    expect(code).toBe(3);
    expect(stdout).toMatch(problem);
  });
});

describe('chatbox config check of secrets alone', () => {
  const formats = [
    ['env', '--env-file'],
    ['files', '--secrets-dir'],
    ['k8s', '--secrets'],
    ['env', '--secrets'],
    ['files', '--secrets'],
  ] as const;

  it.each(formats)(
    'finds what `secrets create --format %s` made good, and names what else a start needs',
    async (format, option) => {
      const cwd = await temporaryFolder();
      expect((await runCli(['secrets', 'create', '--format', format, '--output', 'x'], { cwd })).code).toBe(0);
      const checked = await runCli(['config', 'check', option, 'x'], { cwd });
      expect(checked).toMatchObject({ code: 0, stderr: '' });
      expect(checked.stdout).toMatch(/^The secrets are good\. They are no whole configuration: .*\n/);
      expect(checked.stdout).toMatch(/\nLLM_PROVIDER_1_TYPE: no model provider is given/);
      expect(checked.stdout).toMatch(/\nDATA_DIR: there is no place to store anything/);
      const { stdout } = await runCli(['config', 'check', option, 'x', '--json'], { cwd });
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, whole: false, problems: [], needed: [{}, {}] });
      // It is no configuration to start with, and with one more word it is judged as a whole.
      if (option !== '--secrets')
        expect(await runCli(['serve', option, 'x'], { cwd })).toMatchObject({ code: 3, stdout: '' });
      const whole = await runCli(['config', 'check', option, 'x'], { cwd, env: { DATA_DIR: 'data' } });
      expect(whole).toMatchObject({ code: 3, stdout: expect.stringContaining('no model provider is given') });
      const env = { DATA_DIR: 'data', LLM_PROVIDER_1_TYPE: 'echo' };
      expect(await runCli(['config', 'check', option, 'x'], { cwd, env })).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('The configuration is good.'),
      });
    },
  );

  it.each(formats)('ends with 3 where one of them is wrong: %s by %s', async (format, option) => {
    const cwd = await temporaryFolder();
    const set = { JWT_SECRET: goodSecret, ENCRYPTION_KEYS: 'k1:short' };
    if (format === 'files') {
      await mkdir(join(cwd, 'x'));
      for (const [name, value] of Object.entries(set)) await writeFile(join(cwd, 'x', name), value);
    } else if (format === 'k8s') await writeFile(join(cwd, 'x'), JSON.stringify({ kind: 'Secret', stringData: set }));
    else await writeFile(join(cwd, 'x'), `JWT_SECRET=${goodSecret}\nENCRYPTION_KEYS=k1:short\n`);
    const checked = await runCli(['config', 'check', option, 'x'], { cwd });
    expect(checked).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('key 1 (k1) must be 32 bytes in base64'),
    });
    expect(checked.stderr).toContain('The server would not start.');
  });

  it('judges a Secret that cannot be decoded, an empty config file beside it, and two sets at once', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'x'), 'kind: Secret\ndata: {JWT_SECRET: "!"}\n');
    const broken = await runCli(['config', 'check', '--secrets', 'x'], { cwd, env: leastEnv });
    expect(broken).toMatchObject({
      code: 3,
      stdout: 'x data.JWT_SECRET: is not base64 (encode it once, or put it into stringData as it stands)\n',
    });
    await writeFile(join(cwd, 'y'), `JWT_SECRET=${goodSecret}\n`);
    await writeFile(join(cwd, 'c.yaml'), '');
    const withFile = await runCli(['config', 'check', '--env-file', 'y', '--config', 'c.yaml'], { cwd });
    expect(withFile).toMatchObject({ code: 3, stdout: expect.stringContaining('no model provider') });
    const two = await runCli(['config', 'check', '--secrets', 'x', '--secrets-dir', '.'], { cwd });
    expect(two).toMatchObject({ code: 2, stderr: expect.stringContaining('both name a set of secrets') });
  });
});

describe('chatbox config show', () => {
  it('prints each value and its origin in columns', async () => {
    const { code, stdout } = await runCli(['config', 'show', '--dev', '--port', '81'], { env: { RATE_LIMIT: '7' } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^SETTING +ENVIRONMENT +FROM +VALUE\n/);
    expect(stdout).toMatch(/\nhttp\.port +SERVER_PORT +--port +81\n/);
    expect(stdout).toMatch(/\nlimits\.userMessagesPerMinute +RATE_LIMIT +env RATE_LIMIT +7\n/);
    expect(stdout).toMatch(/\nchat\.sessionTimeout +SESSION_TIMEOUT +default +15m\n/);
    expect(stdout).toMatch(/\nllm\.providers +LLM_PROVIDER_1_TYPE +default +echo\n/);
  });

  it('leaves out what nobody gave with --given', async () => {
    const { stdout, stderr } = await runCli(['config', 'show', '--given'], {
      env: { ...leastEnv, ALLOWED_ORIGINS: '' },
    });
    expect(stdout.trimEnd().split('\n')).toHaveLength(Object.keys(leastEnv).length);
    expect(stderr).toContain('warning: ALLOWED_ORIGINS: is not set');
  });

  it('fits a terminal, and keeps control characters out of it', async () => {
    const env = { ...leastEnv, SYSTEM_PROMPT: `\u001b[31mred\u001b[0m\nand \u202e${'long '.repeat(50)}` };
    const wide = await runCli(['config', 'show'], { env });
    expect(wide.stdout).toContain('\\u{1b}[31mred\\u{1b}[0m\\nand \\u{202e}long long');
    const narrow = await runCli(['config', 'show'], { env, isTTY: true, columns: 120 });
    expect(Math.max(...narrow.stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(120);
    expect(narrow.stdout).toContain('…');
  });

  it('never prints a secret, in no form and from no source', async () => {
    const cwd = await temporaryFolder();
    const canaries = ['Canary1-9Zx3Lm7Tb2Vw8Kd5Rf1Hs6Jp4Nc0Gy', 'Canary2', 'Canary3', 'Canary4'];
    await writeFile(join(cwd, 'c.yaml'), `store: {mongoUri: "mongodb://u:${canaries[1]}@db", kind: sqlite}\n`);
    await writeFile(join(cwd, '.env'), `LLM_PROVIDER_1_API_KEY=${canaries[2]}\n`);
    await mkdir(join(cwd, 's'));
    await writeFile(join(cwd, 's/LLM_PROVIDER_2_API_KEY'), canaries[3] ?? '');
    const env = { ...leastEnv, JWT_SECRET: canaries[0] ?? '', LLM_PROVIDER_2_TYPE: 'echo' };
    const files = ['--config', 'c.yaml', '--env-file', '.env', '--secrets-dir', 's'];
    for (const command of ['show', 'check']) {
      for (const flags of [[], ['--json'], ['--debug']]) {
        for (const broken of [{}, { RATE_LIMIT: 'x' }]) {
          const { stdout, stderr } = await runCli(['config', command, ...flags, ...files], {
            cwd,
            env: { ...env, ...broken },
          });
          expect(stdout + stderr).not.toMatch(/Canary/);
        }
      }
    }
  });

  it('ends with 3 and every problem when there is nothing good to show', async () => {
    const { code, stdout, stderr } = await runCli(['config', 'show'], { env: {} });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^chatbox: the configuration has 4 problems:\n {2}LLM_PROVIDER_1_TYPE: /);
  });
});

describe('chatbox config docs', () => {
  it('prints the page that is in docs/', async () => {
    const path = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url));
    const { stdout } = await runCli(['config', 'docs']);
    expect(await readFile(path, 'utf8'), 'run: node bin/chatbox.js config docs > docs/configuration.md').toBe(stdout);
    for (const { env, fileKey } of catalog) {
      expect(stdout).toContain(`| \`${env[0]}\` | \`${fileKey}\` |`);
    }
  });

  it('prints an example of an env file', async () => {
    const { stdout } = await runCli(['config', 'docs', '--format', 'env']);
    expect(stdout).toContain('\n#SERVER_PORT=8080\n');
    expect(stdout).toContain('\n#JWT_SECRET=\n');
  });
});

describe('the flags of commands', () => {
  it('are the flags of the schema', () => {
    const known = catalog.flatMap(({ field }) => (field.flag === null ? [] : [`--${field.flag}`]));
    expect(settingOptions.map(({ flags }) => flags.split(' ')[0]).sort()).toEqual(known.sort());
  });

  it('name the setting that each of them is', () => {
    for (const { flags, summary } of settingOptions) {
      const entry = catalog.find(({ field }) => field.flag !== null && flags.startsWith(`--${field.flag} `));
      expect(summary).toContain(`(${entry?.env[0]})`);
    }
  });

  it('of the frame are known to no command twice', () => {
    for (const { path, options } of commands) {
      const names = options.map(({ flags }) => flags.split(' ')[0]);
      expect(new Set(names).size, path.join(' ')).toBe(names.length);
    }
  });
});
