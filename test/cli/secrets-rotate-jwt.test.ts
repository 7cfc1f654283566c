// `chatbox secrets rotate jwt` on each kind of set: the steps, what they refuse, that no token is refused on the way, and that a kill loses nothing.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenParts } from '../../src/cli/token/token-parts.js';
import { systemClock } from '../../src/common/clock.js';
import { issueToken } from '../../src/server/auth/issue.js';
import { createTokenVerifier } from '../../src/server/auth/verify.js';
import { jwtKeys, readJwtKeys } from '../../src/server/config/jwt-keys.js';
import { Secret } from '../../src/server/config/secret.js';
import { runCli } from '../helpers/cli.js';
import { goodSecret } from '../helpers/config.js';
import { keyOf } from '../helpers/key-rotation.js';
import {
  idsOf,
  killedAgainAndAgain,
  runWithoutWrites,
  type SetOnDisk,
  setKinds,
  setOnDisk,
} from '../helpers/secret-set.js';
import { type ServeProcess, startServe } from '../helpers/serve-process.js';
import { temporaryFolder } from '../helpers/store-sqlite.js';

const apiKey = 'LLM_PROVIDER_1_API_KEY';
const lone = { [apiKey]: 'sk keep me', JWT_SECRET: goodSecret };
const k0 = `k0:${Buffer.from(goodSecret).toString('base64')}`;
const [k1, k2] = [keyOf('k1', 3), keyOf('k2', 77)];
const longAgo = '@2020-01-01T00:00:00Z';

const rotate = (step: string, path: string, ...more: readonly string[]) =>
  runCli(['secrets', 'rotate', 'jwt', '--step', step, '--source', path, ...more]);

/** What a server that was given the set as it is now signs and takes. */
async function serverWith(set: SetOnDisk) {
  const secretOf = async (name: string) => {
    const value = await set.get(name);
    return value === null ? null : new Secret(value);
  };
  const keys = readJwtKeys(await secretOf('JWT_KEYS'), await secretOf('JWT_SECRET'));
  const verifier = createTokenVerifier(
    { key: { kind: 'hs256', secrets: keys }, clockToleranceMs: 1_000 },
    { clock: systemClock },
  );
  const now = systemClock.now();
  const subject = { userId: 'ada', roles: [], issuedAtMs: now, expiresAtMs: now + 60_000 };
  const [first] = keys;
  return {
    token: await issueToken(subject, first?.secret ?? new Uint8Array(), first?.kid),
    takes: (token: string) =>
      verifier.verify(token).then(
        () => true,
        () => false,
      ),
    // As somebody signs who knows the first key and nothing of ids.
    strange: await issueToken(subject, first?.secret ?? new Uint8Array()),
  };
}

describe.each(setKinds)('chatbox secrets rotate jwt on %s', (kind) => {
  it('goes from a lone JWT_SECRET to another key, and servers before and after each step take the tokens of both', async () => {
    const set = await setOnDisk(kind, lone);
    const before = await serverWith(set);
    expect(await rotate('add', set.path)).toMatchObject({ code: 0, stdout: expect.stringContaining('is now: k0, k1') });
    expect((await set.get('JWT_KEYS'))?.split(',')[0]).toBe(k0);
    expect(await set.get('JWT_SECRET')).toBe(goodSecret);
    const added = await serverWith(set);
    expect((await rotate('promote', set.path)).code).toBe(0);
    expect(idsOf(await set.get('JWT_KEYS'))).toEqual(['k1', 'k0']);
    const promoted = await serverWith(set);
    expect((await rotate('retire', set.path, '--token-lifetime', '0')).stdout).toContain('JWT_SECRET is removed');
    expect(idsOf(await set.get('JWT_KEYS'))).toEqual(['k1']);
    expect(await set.get('JWT_SECRET')).toBeNull();
    const retired = await serverWith(set);

    const states = [before, added, promoted, retired];
    for (const [at, state] of states.entries()) {
      const next = states[at + 1] ?? state;
      for (const token of [state.token, state.strange, next.token, next.strange]) {
        expect(await state.takes(token), `state ${at}`).toBe(true);
        expect(await next.takes(token), `state ${at + 1}`).toBe(true);
      }
    }
    // The key that is gone is gone, with and without its id.
    for (const token of [before.token, added.token, added.strange]) expect(await retired.takes(token)).toBe(false);
    expect(await set.get(apiKey)).toBe('sk keep me');
    if (kind !== 'files') expect(await set.text()).toContain('# mine');
    const checked = await runCli(['secrets', 'check', set.path, '--json']);
    expect(
      JSON.parse(checked.stdout).problems.map(({ source, message }: Record<string, string>) => `${source} ${message}`),
    ).not.toContainEqual(expect.stringContaining('JWT'));
  });

  it('changes nothing when a step is taken again, and begins anew behind the last', async () => {
    const set = await setOnDisk(kind, lone);
    for (const [step, ...more] of [['add'], ['promote'], ['retire', '--token-lifetime', '0']] as const) {
      expect((await rotate(step, set.path, ...more)).code).toBe(0);
      const after = await set.text();
      const again = await rotate(step, set.path, ...more, '--json');
      expect(JSON.parse(again.stdout)).toMatchObject({ step, changed: false, removed: [] });
      expect(await set.text()).toBe(after);
    }
    expect((await rotate('add', set.path)).code).toBe(0);
    expect(idsOf(await set.get('JWT_KEYS'))).toEqual(['k1', 'k2']);
  });
});

describe('a step of rotate jwt whose precondition fails', () => {
  async function refused(
    values: Readonly<Record<string, string>>,
    argv: readonly string[],
    code: number,
    words: string,
  ) {
    const set = await setOnDisk('env', values);
    const before = await set.text();
    const [step = '', ...more] = argv;
    expect(await rotate(step, set.path, ...more)).toMatchObject({ code, stderr: expect.stringContaining(words) });
    expect(await set.text()).toBe(before);
  }
  const retire = ['retire', '--token-lifetime', '8h'];
  const justNow = `@${new Date(Date.now() - 3_600_000).toISOString()}`;

  it.each([
    ['promote without a new key', lone, ['promote'], 6, 'there is no key but k0'],
    [
      'add while an old key is left',
      { JWT_KEYS: `${k2},${k1}${longAgo}` },
      ['add'],
      6,
      'k1 is still in the list behind k2',
    ],
    ['retire before promote', { JWT_KEYS: `${k1},${k2}` }, retire, 6, 'k2 is not promoted yet'],
    [
      'retire while tokens of the old key may be good',
      { JWT_KEYS: `${k2},${k1}${justNow}` },
      retire,
      6,
      'tokens of k1 may be good until',
    ],
    [
      'retire so soon after the last signer went over',
      { JWT_KEYS: `${k2},${k1}${longAgo}` },
      [...retire, '--since', justNow.slice(1)],
      6,
      'tokens of k1 may be good until',
    ],
    ['retire without a lifetime', { JWT_KEYS: `${k2},${k1}${longAgo}` }, ['retire'], 2, '--token-lifetime is missing'],
    [
      'a lifetime that is none',
      { JWT_KEYS: k1 },
      ['retire', '--token-lifetime', 'soon'],
      2,
      '--token-lifetime: must be a duration',
    ],
    ['a time that is none', { JWT_KEYS: k1 }, [...retire, '--since', 'today'], 2, '--since: must be a time'],
    ['a set without a key', { [apiKey]: 'x' }, ['add'], 3, 'has neither JWT_KEYS nor JWT_SECRET'],
    ['a key that no server takes', { JWT_SECRET: 'short' }, ['add'], 3, 'must have at least 32 bytes'],
  ] as const)('is refused, and the set is as it was: %s', async (_, values, argv, code, words) => {
    await refused(values, argv, code, words);
  });

  it('goes through once the time is over, and counts from the note', async () => {
    const set = await setOnDisk('env', { JWT_KEYS: `${k2},${k1}${justNow}` });
    expect((await rotate('retire', set.path, '--token-lifetime', '59m')).code).toBe(0);
    expect(await set.get('JWT_KEYS')).toBe(k2);
  });
});

it('asks running servers before a key is to sign, and real ones take its tokens from then on', async () => {
  const set = await setOnDisk('files', { JWT_SECRET: goodSecret });
  const dataDir = await temporaryFolder();
  const step = (name: string, ...more: readonly string[]) => rotate(name, set.path, '--data-dir', dataDir, ...more);
  const serve = () => startServe(dataDir, { args: ['--secrets-dir', set.path] });
  const status = async ({ httpUrl }: ServeProcess, token: string) =>
    (await fetch(`${httpUrl}/sessions`, { headers: { authorization: `Bearer ${token}` } })).status;

  let server = await serve();
  onTestFinished(async () => void (await server.kill('SIGKILL')));
  const restart = async () => {
    await server.kill('SIGTERM');
    server = await serve();
  };
  const before = await serverWith(set);
  expect((await step('add')).code).toBe(0);
  const added = await serverWith(set);
  // Of a server that was not restarted the key is not known: what the new key signs would be refused there.
  expect(await step('promote')).toMatchObject({
    code: 6,
    stderr: expect.stringMatching(/k1 is not known to [0-9a-f]+ yet/),
  });
  for (const { token } of [before, added]) expect(await status(server, token)).toBe(200);
  await restart();
  expect(await step('promote')).toMatchObject({ code: 0, stderr: '' });
  const promoted = await serverWith(set);
  for (const { token, strange } of [before, added, promoted])
    expect([await status(server, token), await status(server, strange)]).toEqual([200, 200]);
  expect((await step('retire', '--token-lifetime', '0')).code).toBe(0);
  await restart();
  expect(await status(server, promoted.token)).toBe(200);
  // What the server and the doctor sign for themselves has the key's id, and no other key was made for it.
  const own = (await readFile(join(dataDir, 'user.token'), 'utf8')).trim();
  expect(tokenParts(own)?.header.kid).toBe('k1');
  expect(await status(server, own)).toBe(200);
  expect(await readdir(dataDir)).not.toContain('jwt.secret');
  const doctor = ['doctor', '--dev', '--url', server.httpUrl, '--only', 'public url', '--secrets-dir', set.path];
  expect(await runCli([...doctor, '--data-dir', dataDir])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('a WebSocket opened'),
  });
  expect(await status(server, added.token)).toBe(401);
  expect(await status(server, before.token)).toBe(401);
}, 60_000);

it('says so where nobody could be asked', async () => {
  const set = await setOnDisk('env', { JWT_KEYS: `${k1},${k2}` });
  expect((await rotate('promote', set.path)).stderr).toContain(
    'warning: no store is named: whether each running server',
  );
  const named = await setOnDisk('env', { JWT_KEYS: `${k1},${k2}`, MONGO_URI: 'mongodb://u:p@127.0.0.1:9/' });
  expect(await rotate('promote', named.path, '--skip-servers')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('warning: --skip-servers: whether each running server'),
  });
});

it('leaves a JWT_SECRET alone that is not in the list: others sign with it', async () => {
  const set = await setOnDisk('k8s', { JWT_SECRET: goodSecret, JWT_KEYS: `${k2},${k1}${longAgo}` });
  expect((await rotate('retire', set.path, '--token-lifetime', '1h')).stdout).not.toContain('JWT_SECRET');
  expect(await set.get('JWT_SECRET')).toBe(goodSecret);
});

it('goes on where it was ended between the two files of a folder', async () => {
  const set = await setOnDisk('files', { JWT_SECRET: goodSecret, JWT_KEYS: `${k1},${k0}${longAgo}` });
  const step = ['secrets', 'rotate', 'jwt', '--step', 'retire', '--source', set.path, '--token-lifetime', '1h'];
  // No file may have a byte: what is removed is gone, and the first write fails.
  await runWithoutWrites(step);
  expect(await set.get('JWT_SECRET')).toBeNull();
  expect(idsOf(await set.get('JWT_KEYS'))).toEqual(['k1', 'k0']);
  expect((await rotate('retire', set.path, '--token-lifetime', '1h')).code).toBe(0);
  expect(await set.get('JWT_KEYS')).toBe(k1);
});

it.each(setKinds)('leaves %s as it was where it cannot be written', async (kind) => {
  const set = await setOnDisk(kind, lone);
  const before = await set.text();
  await runWithoutWrites(['secrets', 'rotate', 'jwt', '--step', 'add', '--source', set.path]);
  expect(await set.text()).toBe(before);
});

it('prints no key, and changes nothing with --dry-run', async () => {
  const set = await setOnDisk('k8s', lone);
  const before = await set.text();
  const dry = await rotate('add', set.path, '--dry-run', '--debug');
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('would become: k0, k1') });
  expect(await set.text()).toBe(before);
  const made = await rotate('add', set.path, '--json', '--debug');
  const keys = (await set.get('JWT_KEYS'))?.split(',').map((part) => part.slice(part.indexOf(':') + 1)) ?? [];
  expect(keys).toHaveLength(2);
  for (const key of [...keys, goodSecret])
    expect(dry.stdout + dry.stderr + made.stdout + made.stderr).not.toContain(key);
});

describe('a kill at any moment leaves a set that is whole, and the step is just taken again', () => {
  const rounds = [
    ['env', 'add', { JWT_SECRET: goodSecret }, /^k0,k1$/],
    ['env', 'promote', { JWT_SECRET: goodSecret, JWT_KEYS: `${k0},${k1}` }, /^k1,k0$/],
    ['files', 'retire', { JWT_SECRET: goodSecret, JWT_KEYS: `${k1},${k0}${longAgo}` }, /^k1$/],
  ] as const;

  it.each(rounds)(
    'on %s: %s',
    async (kind, step, values, to) => {
      const set = await setOnDisk(kind, values);
      const more = step === 'retire' ? ['--token-lifetime', '8h'] : [];
      const killed = await killedAgainAndAgain(
        { argv: ['secrets', 'rotate', 'jwt', '--step', step, '--source', set.path, ...more] },
        [0.3, 0.7, 0.85, 0.97],
        {
          before: () => set.put(values),
          after: async () => {
            for (const name of ['JWT_KEYS', 'JWT_SECRET']) {
              const value = await set.get(name);
              if (name === 'JWT_KEYS' && value !== null) expect(jwtKeys.parse(value).ok).toBe(true);
              if (name === 'JWT_SECRET' && value !== null) expect(value).toBe(goodSecret);
            }
            expect(await rotate(step, set.path, ...more)).toMatchObject({ code: 0 });
            expect(idsOf(await set.get('JWT_KEYS')).join()).toMatch(to);
            expect(await set.get('JWT_SECRET')).toBe(step === 'retire' ? null : goodSecret);
          },
        },
      );
      expect(killed).toBeGreaterThan(0);
    },
    60_000,
  );
});
