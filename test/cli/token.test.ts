import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.js';
import { tokenParts } from '../../src/cli/token/token-parts.js';
import { systemClock } from '../../src/common/clock.js';
import { createTokenVerifier } from '../../src/server/auth/verify.js';
import { captureIo, runCli, temporaryFolder } from '../helpers/cli.js';
import { goodSecret } from '../helpers/config.js';
import { keyOf } from '../helpers/key-rotation.js';

const env = { JWT_SECRET: goodSecret };
const verifier = createTokenVerifier(
  { key: { kind: 'hs256', secrets: [{ secret: Buffer.from(goodSecret) }] }, clockToleranceMs: 1_000 },
  { clock: systemClock },
);
const create = async (argv: readonly string[] = []) => {
  const result = await runCli(['token', 'create', '--user', 'ada', ...argv], { env });
  if (result.code !== 0) throw new Error(result.stderr);
  return result;
};

describe('chatbox token create', () => {
  it('prints a token that the server takes, and nothing else, on stdout', async () => {
    const { stdout, stderr } = await create(['--name', 'Ada L.', '--role', 'admin', 'editor', '--expires', '2h']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const claims = await verifier.verify(stdout.trim());
    expect(claims.user).toEqual({ id: 'ada', name: 'Ada L.', isAdmin: true });
    expect(claims.roles).toEqual(['admin', 'editor']);
    expect(claims.expiresAtMs - (claims.issuedAtMs ?? 0)).toBe(7_200_000);
    expect(stderr).toBe('token for "ada", good for 2 hours; signed with env JWT_SECRET\n');
  });

  it('makes a plain user, good for an hour, unless told otherwise', async () => {
    const claims = await verifier.verify((await create()).stdout.trim());
    expect(claims).toMatchObject({ user: { id: 'ada', name: 'ada', isAdmin: false }, roles: [] });
    expect(claims.expiresAtMs - (claims.issuedAtMs ?? 0)).toBe(3_600_000);
  });

  it('prints facts beside it with --json', async () => {
    const data = JSON.parse((await create(['--json', '--quiet'])).stdout) as Record<string, unknown>;
    expect(Object.keys(data)).toEqual(['token', 'user_id', 'roles', 'expires_at']);
    expect((await verifier.verify(String(data.token))).user.id).toBe('ada');
  });

  it('writes it to a new file for its owner alone, and never over another', async () => {
    const cwd = await temporaryFolder();
    const argv = ['token', 'create', '--user', 'ada', '--output', 'ada.token'];
    const first = await runCli(argv, { cwd, env });
    expect(first).toMatchObject({ code: 0, stdout: '' });
    const path = join(cwd, 'ada.token');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const token = await readFile(path, 'utf8');
    await verifier.verify(token.trim());
    const again = await runCli(argv, { cwd, env });
    expect(again.code).toBe(6);
    expect(again.stderr).toContain('is there already');
    expect(await readFile(path, 'utf8')).toBe(token);
    const nowhere = await runCli([...argv.slice(0, -1), 'no/such/folder'], { cwd, env });
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain('cannot write');
  });

  it('signs with the secret that `serve --dev` left in the data folder', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'jwt.secret'), `${goodSecret}\n`);
    const { stdout, stderr } = await runCli(['token', 'create', '--user', 'ada', '--data-dir', '.'], { cwd });
    expect((await verifier.verify(stdout.trim())).user.id).toBe('ada');
    expect(stderr).toContain(`signed with ${join(cwd, 'jwt.secret')}`);
  });

  it('takes the secret from an env file', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, '.env'), `JWT_SECRET='${goodSecret}'\n`);
    const { stdout } = await runCli(['token', 'create', '--user', 'ada', '--env-file', '.env'], { cwd });
    await verifier.verify(stdout.trim());
  });

  it('signs with the first of JWT_KEYS, names it, and leaves JWT_SECRET to others', async () => {
    const keys = { JWT_KEYS: `${keyOf('new', 8)},${keyOf('old', 60)}` };
    const made = await runCli(['token', 'create', '--user', 'ada', '--json'], { env: { ...env, ...keys } });
    expect(made.stderr).toContain('signed with key new of env JWT_KEYS');
    const { token, kid } = JSON.parse(made.stdout) as { token: string; kid: string };
    expect(kid).toBe('new');
    expect(tokenParts(token)?.header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'new' });
    const secret = Buffer.from(keyOf('new', 8).slice(4), 'base64');
    const mine = createTokenVerifier(
      { key: { kind: 'hs256', secrets: [{ kid: 'new', secret }] }, clockToleranceMs: 1_000 },
      { clock: systemClock },
    );
    expect((await mine.verify(token)).user.id).toBe('ada');
    const looked = await runCli(['token', 'inspect', '-'], { stdin: token, env: { ...env, ...keys } });
    expect(looked.stdout).toMatch(/^algorithm +HS256\nkey +new\n/);
    expect(looked).toMatchObject({ code: 0, stdout: expect.stringMatching(/signature +good\n$/) });
    // One without an id, as other issuers make them, is tried against all of them.
    const plain = (await create()).stdout;
    expect((await runCli(['token', 'inspect', '-'], { stdin: plain, env: { ...env, ...keys } })).code).toBe(0);
    const gone = await runCli(['token', 'inspect', '-'], { stdin: token, env: { ...env, JWT_KEYS: keyOf('old', 60) } });
    expect(gone).toMatchObject({ code: 4, stdout: expect.stringContaining('bad: no key here has that id') });
    // A server that has JWT_SECRET alone asks nothing of the id.
    expect((await runCli(['token', 'inspect', '-'], { stdin: token, env })).stdout).toContain('bad: another key');
  });

  it('without a key says where it looked', async () => {
    const cwd = await temporaryFolder();
    const { code, stdout, stderr } = await runCli(['token', 'create', '--user', 'ada'], { cwd });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(
      `there is no key to sign with: looked at JWT_KEYS, JWT_SECRET, ${join(cwd, '.chatbox/jwt.secret')}`,
    );
    const elsewhere = await runCli(['token', 'create', '--user', 'ada'], {
      cwd,
      env: { JWKS_URL: 'https://keys.example.com' },
    });
    expect(elsewhere.code).toBe(3);
  });

  it.each([
    [['--user', ''], '--user: must have 1 to 255 characters'],
    [['--user', 'x'.repeat(256)], '--user: must have 1 to 255 characters'],
    [['--user', 'a\u0000b'], '--user: must have 1 to 255 characters'],
    [['--user', 'a', '--name', 'n'.repeat(101)], '--name: must have at most 100 characters'],
    [['--user', 'a', '--role', 'r'.repeat(65)], '--role: at most 32 roles of 1 to 64 characters'],
    [['--user', 'a', '--role', ...Array.from({ length: 33 }, () => 'r')], '--role: at most 32 roles'],
    [['--user', 'a', '--expires', 'soon'], '--expires: must be a duration'],
    [['--user', 'a', '--expires', '367d'], '--expires: must be from 1s to 366d'],
    [['--user', 'a', '--expires', '0'], '--expires: must be from 1s'],
  ])('refuses %j', async (argv, message) => {
    const { code, stdout, stderr } = await runCli(['token', 'create', ...argv], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`chatbox: ${message}`);
  });
});

describe('chatbox token inspect', () => {
  const inspect = (token: string, argv: readonly string[] = [], given: Readonly<Record<string, string>> = env) =>
    runCli(['token', 'inspect', '-', ...argv], { stdin: `${token}\n`, env: given });

  it('says what a token says, when it ends, and that its signature is good', async () => {
    const token = (await create(['--role', 'admin', '--expires', '3h'])).stdout.trim();
    const { code, stdout } = await inspect(token);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^algorithm +HS256\n/);
    expect(stdout).toMatch(/\nuser_id +ada\n/);
    expect(stdout).toMatch(/\nroles +\["admin"\]\n/);
    expect(stdout).toMatch(/\nexpires +\d{4}-\d\d-\d\dT.*Z, in (2|3) hours\n/);
    expect(stdout).toMatch(/\nsignature +good\n$/);
  });

  it('never prints the signature, nor the key', async () => {
    const token = (await create()).stdout.trim();
    for (const argv of [[], ['--json'], ['--debug']]) {
      const { stdout, stderr } = await inspect(token, argv);
      expect(stdout + stderr).not.toContain(token.split('.')[2]);
      expect(stdout + stderr).not.toContain(goodSecret);
    }
  });

  it('tells a bad signature, an unknown one, and an expired token', async () => {
    const token = (await create()).stdout.trim();
    const [head, payload, signature = ''] = token.split('.');
    const bad = await inspect(`${head}.${payload}.${signature.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`, [
      '--json',
    ]);
    expect(bad.code).toBe(4);
    expect(JSON.parse(bad.stdout)).toMatchObject({ signature: 'bad', expired: false });
    const short = await inspect(`${head}.${payload}.AAAA`, ['--json']);
    expect(JSON.parse(short.stdout)).toMatchObject({ signature: 'bad' });
    const cwd = await temporaryFolder();
    const unknown = await runCli(['token', 'inspect', '-'], { stdin: token, cwd });
    expect(unknown.code).toBe(0);
    expect(unknown.stdout).toContain('unknown: the key that signed it is not here');
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const old = `${encode({ alg: 'RS256' })}.${encode({ user_id: 'a', exp: 1_000 })}.AAAA`;
    const expired = await inspect(old, ['--json']);
    expect(expired.code).toBe(4);
    expect(JSON.parse(expired.stdout)).toMatchObject({ signature: 'unknown', expired: true });
    expect((await inspect(old)).stdout).toMatch(/expires +1970-01-01T00:16:40.000Z, \d+ days ago/);
    const eternal = await inspect(`${encode({ alg: 'HS256' })}.${encode({ user_id: 'a\u001b[2J' })}.AAAA`);
    expect(eternal.code).toBe(4);
    expect(eternal.stdout).toContain('never said: the server refuses it');
    expect(eternal.stdout).toContain('a\\u{1b}[2J');
  });

  it('reads a file, or the token of the user in the data folder', async () => {
    const cwd = await temporaryFolder();
    const token = (await create()).stdout;
    await writeFile(join(cwd, 'user.token'), token);
    expect((await runCli(['token', 'inspect', 'user.token'], { cwd, env })).code).toBe(0);
    expect((await runCli(['token', 'inspect', '--data-dir', '.'], { cwd, env })).code).toBe(0);
    expect((await runCli(['token', 'inspect'], { cwd, env: { ...env, DATA_DIR: cwd } })).code).toBe(0);
    const missing = await runCli(['token', 'inspect', 'none'], { cwd, env });
    expect(missing.code).toBe(5);
    expect(missing.stderr).toContain('none is not there');
  });

  it.each(['', 'not-a-token', 'a.b', 'a.b.c', 'e30.W10.x', 'e30.e30.x.y'])('refuses %j', async (text) => {
    const { code, stderr } = await inspect(text);
    expect(code).toBe(4);
    expect(stderr).toContain('does not hold a token');
  });

  it('reads no more of stdin than a token may have, and stops waiting when interrupted', async () => {
    const long = await inspect('x'.repeat(9_000));
    expect(long.code).toBe(2);
    expect(long.stderr).toContain('too long to hold a token');
    const captured = captureIo({ env });
    const ending = run(captured.io, ['token', 'inspect', '-']);
    captured.interrupt();
    captured.io.stdin.destroy(new Error('closed'));
    expect(await ending).toBe(130);
  });
});
