// `chatbox secrets` and a cluster that does not do as it should: each failure is said plainly, and nothing of a Secret is in what is said. What a real
// control plane does is in test/k8s/cluster-secrets.
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openSecretApi } from '../../src/cli/cluster/secret-api.js';
import { run } from '../../src/cli/main.js';
import { selfSigned } from '../helpers/certificate.js';
import { captureIo, runCli, temporaryFolder } from '../helpers/cli.js';
import {
  type Answer,
  type Asked,
  fakeApiServer,
  kubeconfigText,
  noSecret,
  refusal,
} from '../helpers/fake-api-server.js';
import { renderOf } from '../helpers/k8s-render.js';
import { eventually } from '../helpers/poll.js';

const canary = 'c4n4ry-Kd7-5rWnJ3';
const uri = `mongodb://user:${canary}@db.test/chat`;

/** Runs `secrets create --apply` against something that answers reads as if there were no Secret, and writes with `answer`. */
async function applied(answer: (asked: Asked) => Answer, { flags = [] }: { readonly flags?: readonly string[] } = {}) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'uri'), uri);
  const server = await fakeApiServer(cwd, (asked) => (asked.method === 'GET' ? noSecret : answer(asked)));
  const argv = ['secrets', 'create', '--apply', '--from-file', 'MONGO_URI=uri', '--kubeconfig', 'kubeconfig', ...flags];
  return { ...(await runCli(argv, { cwd })), ...server, cwd };
}

const echo = ({ body }: Asked): Answer => ({ status: 200, body });

describe('what is sent', () => {
  it('is a server-side apply in our name, strictly validated, with nothing of it printed', async () => {
    const { code, stdout, stderr, asked } = await applied(echo, { flags: ['--json', '--debug'] });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      secret: { name: 'chatbox-secrets', namespace: 'talk', context: 'test' },
      result: 'created',
      secrets: [
        { name: 'MONGO_URI', origin: 'file' },
        { name: 'JWT_SECRET', origin: 'generated' },
        { name: 'ENCRYPTION_KEYS', origin: 'generated' },
      ],
    });
    const [, write] = asked;
    expect(write).toMatchObject({ method: 'PATCH', contentType: 'application/apply-patch+yaml' });
    expect(write?.authorization).toBe('Bearer fake-token');
    const { pathname, searchParams } = new URL(write?.url ?? '', 'https://x.test');
    expect(pathname).toBe('/api/v1/namespaces/talk/secrets/chatbox-secrets');
    expect(Object.fromEntries(searchParams)).toEqual({
      fieldManager: 'chatbox-secrets',
      fieldValidation: 'Strict',
      force: 'false',
    });
    const { data } = JSON.parse(write?.body ?? '{}');
    expect(Buffer.from(data.MONGO_URI, 'base64').toString()).toBe(uri);
    for (const value of [canary, ...(Object.values(data) as string[])]) expect(stdout + stderr).not.toContain(value);
  });

  it('is a dry run of the server with --dry-run', async () => {
    const { code, stdout, stderr, asked } = await applied(echo, { flags: ['--dry-run', '--json'] });
    expect(code).toBe(0);
    expect(asked[1]?.url).toContain('dryRun=All');
    const { secrets } = JSON.parse(stdout) as { secrets: readonly { origin: string; fingerprint: string | null }[] };
    expect(secrets.filter(({ origin }) => origin === 'generated').map(({ fingerprint }) => fingerprint)).toEqual([
      null,
      null,
    ]);
    expect(stderr).toContain('would be created');
  });
});

describe('a refusal', () => {
  const account = 'system:serviceaccount:ci:deployer';
  const may = (verb: string) =>
    `secrets "chatbox-secrets" is forbidden: User "${account}" cannot ${verb} resource "secrets" in API group "" in the namespace "talk"`;
  const details = (...causes: unknown[]) => ({ name: 'chatbox-secrets', kind: 'secrets', causes });

  const refusals: readonly (readonly [string, (asked: Asked) => Answer, number, readonly string[]])[] = [
    [
      'of a right',
      () => refusal(403, 'Forbidden', may('patch'), details()),
      4,
      [
        `${account} may not patch Secrets in the namespace talk`,
        'kubectl create role chatbox-secrets --namespace talk --verb=get,patch,create --resource=secrets',
        'kubectl create rolebinding chatbox-secrets --namespace talk --role=chatbox-secrets --serviceaccount=ci:deployer',
      ],
    ],
    [
      'of the user',
      () => refusal(401, 'Unauthorized', 'Unauthorized'),
      4,
      ['does not know the user of the context test'],
    ],
    [
      'by an admission webhook that quotes the object',
      ({ body }) => refusal(403, 'Forbidden', `admission webhook "guard.example.com" denied the request: ${body}`),
      4,
      ['refused by its admission webhook guard.example.com'],
    ],
    [
      'for want of room',
      () => refusal(403, 'Forbidden', 'secrets "x" is forbidden: exceeded quota: few, requested: count/secrets=1'),
      6,
      ['the quota few of the namespace talk has no room'],
    ],
    [
      'since the namespace is going',
      () =>
        refusal(
          403,
          'Forbidden',
          'forbidden',
          details({ reason: 'NamespaceTerminating', field: 'metadata.namespace' }),
        ),
      6,
      ['the namespace talk is being deleted'],
    ],
    [
      'since there is no namespace',
      () => refusal(404, 'NotFound', 'namespaces "talk" not found', { name: 'talk', kind: 'namespaces' }),
      5,
      ['there is no namespace talk', 'kubectl create namespace talk'],
    ],
    [
      'since another field manager owns it',
      () =>
        refusal(
          409,
          'Conflict',
          'Apply failed with 1 conflict',
          details({
            reason: 'FieldManagerConflict',
            message: 'conflict with "argocd" using v1',
            field: '.data.MONGO_URI',
          }),
        ),
      6,
      ['another field manager owns what would change: argocd owns MONGO_URI', '--force'],
    ],
    [
      'since it was changed meanwhile',
      () => refusal(409, 'Conflict', 'the object has been modified', details()),
      6,
      ['was changed by somebody else meanwhile', 'run it again'],
    ],
    [
      'of a value, which it quotes',
      ({ body }) =>
        refusal(
          422,
          'Invalid',
          `Secret "x" is invalid: ${body}`,
          details({ reason: 'FieldValueInvalid', message: `Invalid value: ${body}`, field: 'data[MONGO_URI]' }),
        ),
      6,
      ['may not be changed so: data[MONGO_URI]'],
    ],
    ['that is a failure of its own', ({ body }) => ({ status: 500, body }), 7, ['answered 500', 'is not known']],
    ['in passing', () => refusal(429, 'TooManyRequests', 'slow down'), 7, ['answered 429; nothing was written']],
    [
      'of what is no API server',
      ({ body }) => ({ status: 404, body: `<html>${body}</html>` }),
      5,
      ['knows no Secrets'],
    ],
    ['that nobody foresaw', ({ body }) => ({ status: 418, body }), 1, ['refused the request (418']],
    ['that cannot be read', ({ body }) => ({ status: 200, body: `{${body}` }), 7, ['broke off', 'is not known']],
  ];

  it.each(refusals)('%s is said plainly, without a value', async (_, answer, code, words) => {
    for (const flags of [['--debug'], ['--debug', '--json']]) {
      const failed = await applied(answer, { flags });
      expect(failed.code).toBe(code);
      const said = failed.stdout + failed.stderr;
      for (const each of words) expect(said).toContain(each);
      const sent = JSON.parse(failed.asked[1]?.body ?? '{}') as { data: Readonly<Record<string, string>> };
      for (const value of [canary, ...Object.values(sent.data)]) expect(said).not.toContain(value);
    }
  });
});

describe('an API server', () => {
  const apply = [
    'secrets',
    'create',
    '--apply',
    '--without',
    'MONGO_URI',
    'LLM_PROVIDER_1_API_KEY',
    '--debug',
    '--kubeconfig',
    'k',
  ];

  it('that is gone is named, with what to do', async () => {
    const cwd = await temporaryFolder();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const server = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    await new Promise((resolve) => taken.close(resolve));
    await writeFile(join(cwd, 'k'), kubeconfigText(server));
    const failed = await runCli(apply, { cwd });
    expect(failed).toMatchObject({
      code: 7,
      stderr: expect.stringContaining(`${server} cannot be reached (ECONNREFUSED)`),
    });
    expect(failed.stderr).toContain('kubectl --context test version');
  });

  it('whose certificate is not trusted is sent nothing, not even who asks', async () => {
    const cwd = await temporaryFolder();
    const { url, asked } = await fakeApiServer(cwd, echo);
    await writeFile(join(cwd, 'k'), kubeconfigText(url, { ca: selfSigned().pem }));
    const failed = await runCli(apply, { cwd });
    expect(failed).toMatchObject({ code: 7, stderr: expect.stringContaining('is not trusted') });
    expect(failed.stderr).toContain('certificate authority into the kubeconfig');
    expect(asked).toEqual([]);
  });

  it('that never answers is given up, whichever call it was', async () => {
    const cwd = await temporaryFolder();
    const { kubeconfig } = await fakeApiServer(cwd, () => null);
    const choice = { kubeconfig, context: null, namespace: null };
    const api = await openSecretApi(choice, ['get'], captureIo({ cwd }).io, () => false, 200);
    await expect(api.read('keys')).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringMatching(/within 0.2 s$/),
    });
    const change = { data: new Map([['A', 'eA==']]), from: null, isForced: false, isDry: false };
    await expect(api.apply('keys', change)).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringContaining('whether secret/keys was written is not known'),
    });
  });

  it('that never answers is left at Ctrl-C', async () => {
    const cwd = await temporaryFolder();
    const { asked } = await fakeApiServer(cwd, () => null);
    const { io, interrupt, stderr } = captureIo({ cwd });
    const ended = run(io, [...apply.slice(0, -1), 'kubeconfig']);
    await eventually(() => asked.length === 1, { what: 'the first call' });
    interrupt();
    expect(await ended).toBe(130);
    expect(stderr()).toContain('interrupted; nothing was written');
  });
});

describe('a kubeconfig', () => {
  const check = (cwd: string, env: Readonly<Record<string, string>>, ...more: readonly string[]) =>
    runCli(['secrets', 'check', 'secret/keys', '--debug', ...more], { cwd, env });
  const good = kubeconfigText('https://127.0.0.1:1');

  it.each([
    ['is not there', null, [], 3, 'there is no kubeconfig'],
    ['is not there as named', null, ['--kubeconfig', 'k'], 3, 'cannot be read (ENOENT)'],
    ['is something else', `: ${canary}\n\t{`, ['--kubeconfig', 'k'], 3, 'is no kubeconfig that can be read'],
    ['is empty', '{}', ['--kubeconfig', 'k'], 3, 'names no current context'],
    ['has no such context', good, ['--kubeconfig', 'k', '--context', 'tast'], 2, 'did you mean test?'],
    ['has no TLS', kubeconfigText('http://127.0.0.1:1'), ['--kubeconfig', 'k'], 3, 'without TLS'],
    [
      'logs in as nobody does any more',
      kubeconfigText('https://127.0.0.1:1', { user: { 'auth-provider': { name: 'gcp', config: { x: canary } } } }),
      ['--kubeconfig', 'k'],
      3,
      'gave up in 1.26',
    ],
    [
      'names files that are not there',
      kubeconfigText('https://127.0.0.1:1', { user: { 'client-certificate': 'none.pem', 'client-key': 'none.key' } }),
      ['--kubeconfig', 'k'],
      3,
      'cannot be read (ENOENT)',
    ],
  ])('that %s is named, and not quoted', async (_, text, more, code, words) => {
    const cwd = await temporaryFolder();
    if (text !== null) await writeFile(join(cwd, 'k'), text);
    const failed = await check(cwd, { HOME: cwd }, ...more);
    expect(failed).toMatchObject({ code, stderr: expect.stringContaining(words) });
    expect(failed.stderr).not.toContain(canary);
  });

  it('may keep its token in a file', async () => {
    const cwd = await temporaryFolder();
    const { kubeconfig, asked } = await fakeApiServer(cwd, () => noSecret, { tokenFile: 'token' });
    const missing = await check(cwd, {}, '--kubeconfig', kubeconfig);
    expect(missing).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/token file .* cannot be read \(ENOENT\)/),
    });
    await writeFile(join(cwd, 'token'), 'of-a-file\n');
    expect(await check(cwd, {}, '--kubeconfig', kubeconfig)).toMatchObject({ code: 5 });
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer of-a-file']);
  });

  it('that names no namespace leads to the one that `k8s render` renders into', async () => {
    const cwd = await temporaryFolder();
    const { kubeconfig } = await fakeApiServer(cwd, () => noSecret);
    await writeFile(kubeconfig, (await readFile(kubeconfig, 'utf8')).replace(',"namespace":"talk"', ''));
    const failed = await check(cwd, {}, '--kubeconfig', kubeconfig);
    expect(failed.stderr).toContain('there is no secret/keys in the namespace chatbox (context test)');
    expect(
      (await renderOf()).every(({ metadata }) => !('namespace' in metadata) || metadata.namespace === 'chatbox'),
    ).toBe(true);
  });

  it('is found as kubectl finds it, the first of several with that name', async () => {
    const cwd = await temporaryFolder();
    const { kubeconfig, asked } = await fakeApiServer(cwd, () => noSecret);
    await writeFile(join(cwd, 'second'), good);
    const failed = await check(cwd, { KUBECONFIG: `${join(cwd, 'none')}:${kubeconfig}:${join(cwd, 'second')}` });
    expect(failed).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('there is no secret/keys in the namespace talk'),
    });
    expect(asked).toHaveLength(1);
  });
});

describe('a credential plugin', () => {
  /** A plugin that gives back what it was told, and tells whether it saw a secret. */
  async function plugin(lines: string) {
    const cwd = await temporaryFolder();
    const command = join(cwd, 'login');
    await writeFile(command, `#!/bin/sh\n${lines}\n`);
    await chmod(command, 0o755);
    const user = {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command, env: [{ name: 'REALM', value: 'r1' }] },
    };
    const server = await fakeApiServer(
      cwd,
      ({ method, body }) => (method === 'GET' ? noSecret : { status: 200, body }),
      user,
    );
    const env = { PATH: process.env.PATH ?? '', MONGO_URI: uri, HOME: cwd };
    const argv = ['secrets', 'create', '--apply', '--from-env', '--debug', '--kubeconfig', 'kubeconfig'];
    return { ...(await runCli(argv, { cwd, env })), ...server };
  }

  it('logs in, and never sees the secrets of the environment', async () => {
    const answer = `{"kind":"ExecCredential","status":{"token":"'"$REALM:\${MONGO_URI:-unseen}"'"}}`;
    const { code, asked } = await plugin(`echo '${answer}'`);
    expect(code).toBe(0);
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer r1:unseen', 'Bearer r1:unseen']);
  });

  it.each([
    [`echo ${canary} >&2; exit 3`, 'ended with code 3'],
    [`echo ${canary}`, 'gave no answer that can be read'],
    [`echo '{"status":{"other":"${canary}"}}'`, 'gave no credential'],
  ])('that fails (%j) is named, and what it prints is not', async (lines, words) => {
    const failed = await plugin(lines);
    expect(failed).toMatchObject({ code: 4, asked: [], stderr: expect.stringContaining(words) });
    expect(failed.stdout + failed.stderr).not.toContain(canary);
  });
});

it('asks on a terminal for nothing that is there', async () => {
  const cwd = await temporaryFolder();
  const metadata = { name: 'chatbox-secrets', namespace: 'talk', resourceVersion: '7' };
  const live = { metadata, data: { MONGO_URI: Buffer.from(uri).toString('base64') } };
  const { asked } = await fakeApiServer(cwd, ({ method, body }) => ({
    status: 200,
    body: method === 'GET' ? live : body,
  }));
  const { io, stderr } = captureIo({ cwd, isTTY: true });
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const ended = run({ ...io, stdin }, ['secrets', 'create', '--apply', '--kubeconfig', 'kubeconfig']);
  stdin.write('sk-Vn3kq-first\r');
  expect(await ended).toBe(0);
  expect(stderr()).toContain('LLM_PROVIDER_1_API_KEY: ');
  expect(stderr()).not.toContain('MONGO_URI');
  const { data } = JSON.parse(asked[1]?.body ?? '{}');
  // Somebody else owns it: it is not sent, so that it stays theirs.
  expect(Object.keys(data)).toEqual(['LLM_PROVIDER_1_API_KEY', 'JWT_SECRET', 'ENCRYPTION_KEYS']);
  expect(Buffer.from(data.LLM_PROVIDER_1_API_KEY, 'base64').toString()).toBe('sk-Vn3kq-first');
});

it('a Secret that is made by something else is left to that', async () => {
  const cwd = await temporaryFolder();
  const ownerReferences = [
    { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', name: 'keys', uid: 'u', controller: true },
  ];
  const metadata = { name: 'chatbox-secrets', namespace: 'talk', resourceVersion: '7', ownerReferences };
  const { asked } = await fakeApiServer(cwd, () => ({
    status: 200,
    body: { apiVersion: 'v1', kind: 'Secret', metadata },
  }));
  const argv = ['secrets', 'create', '--apply', '--kubeconfig', 'kubeconfig'];
  const made = await runCli(argv, { cwd });
  expect(made).toMatchObject({ code: 6, stderr: expect.stringContaining('is made by SealedSecret/keys') });
  expect(asked.map(({ method }) => method)).toEqual(['GET']);
});
