// `chatbox secrets create` in the formats that can be opened by somebody else only, or hold nothing: sealed, external, age.
import { execFileSync } from 'node:child_process';
import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../src/cli/main.js';
import { readEnvFile } from '../../src/server/config/env-file.js';
import { selfSigned } from '../helpers/certificate.js';
import { captureIo, runCli, temporaryFolder } from '../helpers/cli.js';
import { officialSchemas, schemaFolder } from '../helpers/k8s-schemas.js';
import { mayRun } from '../helpers/required.js';

const canary = 'c4n4ry-Xv5-2kTqB8';
const uri = `mongodb://user:${canary}@db.test/chat`;

const schemas = schemaFolder();
const hasSchemas = mayRun('k8s-schemas', schemas !== null, 'the official schemas are not there');

async function folderWithUri(): Promise<string> {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'uri'), uri);
  return cwd;
}

const create = (cwd: string, ...more: readonly string[]) =>
  runCli(['secrets', 'create', '--from-file', 'MONGO_URI=uri', ...more], { cwd });

const controller = selfSigned();
const stranger = selfSigned();

/** Opens what was sealed, by the layout that the project of the controller documents; it shares no line with what seals. */
function unseal(base64: string, label: string, key: KeyObject): string {
  const bytes = Buffer.from(base64, 'base64');
  const end = 2 + ((bytes[0] ?? 0) << 8) + (bytes[1] ?? 0);
  const session = privateDecrypt(
    { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256', oaepLabel: Buffer.from(label) },
    bytes.subarray(2, end),
  );
  expect(session).toHaveLength(32);
  const decipher = createDecipheriv('aes-256-gcm', session, new Uint8Array(12));
  decipher.setAuthTag(bytes.subarray(-16));
  return decipher.update(bytes.subarray(end, -16)).toString() + decipher.final().toString();
}

describe('--format sealed', () => {
  const sealed = async (cwd: string, ...more: readonly string[]) => {
    await writeFile(join(cwd, 'controller.pem'), controller.pem);
    return await create(cwd, '--format', 'sealed', '--cert', 'controller.pem', '--output', 'sealed.yaml', ...more);
  };

  it.each([
    ['strict', 'talk/keys', undefined],
    ['namespace-wide', 'talk', 'sealedsecrets.bitnami.com/namespace-wide'],
    ['cluster-wide', '', 'sealedsecrets.bitnami.com/cluster-wide'],
  ])('seals for the controller, %s, and nobody opens it under another label', async (scope, label, annotation) => {
    const cwd = await folderWithUri();
    const made = await sealed(cwd, '--scope', scope, '--namespace', 'talk', '--name', 'keys');
    expect(made).toMatchObject({ code: 0 });
    const text = await readFile(join(cwd, 'sealed.yaml'), 'utf8');
    const object = parse(text);
    expect(object).toMatchObject({
      kind: 'SealedSecret',
      metadata: { name: 'keys', namespace: 'talk' },
      spec: { template: { metadata: { name: 'keys', namespace: 'talk' }, type: 'Opaque' } },
    });
    expect(Object.keys(object.metadata.annotations ?? {})).toEqual(annotation === undefined ? [] : [annotation]);
    const { encryptedData } = object.spec;
    expect(Object.keys(encryptedData)).toEqual(['MONGO_URI', 'JWT_SECRET', 'ENCRYPTION_KEYS']);
    expect(unseal(encryptedData.MONGO_URI, label, controller.privateKey)).toBe(uri);
    expect(unseal(encryptedData.ENCRYPTION_KEYS, label, controller.privateKey)).toMatch(/^k1:[\w+/]{43}=$/);
    expect(() => unseal(encryptedData.MONGO_URI, 'talk/other', controller.privateKey)).toThrow();
    expect(() => unseal(encryptedData.MONGO_URI, label, stranger.privateKey)).toThrow();
    expect(text + made.stdout + made.stderr).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(uri).toString('base64'));
    if (hasSchemas && schemas !== null) expect(officialSchemas(schemas)(object)).toEqual([]);
  });

  it('seals each value with a key of its own', async () => {
    const cwd = await folderWithUri();
    const texts = [0, 1].map(async (at) => {
      await writeFile(join(cwd, 'controller.pem'), controller.pem);
      const argv = ['--format', 'sealed', '--cert', 'controller.pem', '--output', `${at}.yaml`, '--namespace', 'talk'];
      await create(cwd, ...argv);
      return parse(await readFile(join(cwd, `${at}.yaml`), 'utf8')).spec.encryptedData.MONGO_URI as string;
    });
    const [first = '', second = ''] = await Promise.all(texts);
    expect(first.slice(0, 60)).not.toBe(second.slice(0, 60));
    expect(first.slice(-20)).not.toBe(second.slice(-20));
  });

  it('may lie in a git work tree, and is not overwritten there either', async () => {
    const cwd = await folderWithUri();
    execFileSync('git', ['init', '-q', cwd]);
    expect(await sealed(cwd, '--namespace', 'talk')).toMatchObject({ code: 0 });
    expect(await sealed(cwd, '--namespace', 'talk')).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('is there already'),
    });
  });

  it.each([
    ['an expired certificate', selfSigned({ days: -1 }).pem, 'has expired'],
    ['a key of another kind', selfSigned({ kind: 'ec' }).pem, 'has no RSA key'],
    ['a short key', selfSigned({ bits: 1024 }).pem, 'has no RSA key of 2048 bits'],
    ['a private key', controller.keyPem, 'holds no certificate'],
    ['nothing', '', 'holds no certificate'],
  ])('refuses %s before anybody types a value', async (_, pem, words) => {
    const cwd = await folderWithUri();
    await writeFile(join(cwd, 'wrong.pem'), pem);
    const { io, stderr } = captureIo({ cwd, isTTY: true });
    const argv = [
      'secrets',
      'create',
      '--format',
      'sealed',
      '--cert',
      'wrong.pem',
      '--output',
      'x',
      '--namespace',
      'a',
    ];
    expect(await run(io, argv)).toBe(3);
    expect(stderr()).toContain(words);
    expect(stderr()).not.toContain('MONGO_URI: ');
    expect(await readdir(cwd)).not.toContain('x');
  });
});

describe('--format external', () => {
  const external = ['secrets', 'create', '--format', 'external', '--output', 'x.yaml', '--store', 'vault'];

  it('names the entries of a store, and holds no value', async () => {
    const cwd = await temporaryFolder();
    const made = await runCli([...external, '--remote-key', 'chat/prod', '--namespace', 'talk', '--json'], { cwd });
    expect(made).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout)).toMatchObject({ format: 'external', left_out: [] });
    const text = await readFile(join(cwd, 'x.yaml'), 'utf8');
    const object = parse(text);
    expect(object).toMatchObject({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'chatbox-secrets', namespace: 'talk' },
      spec: { secretStoreRef: { name: 'vault', kind: 'SecretStore' }, target: { name: 'chatbox-secrets' } },
    });
    const keys = object.spec.data.map(({ secretKey }: { secretKey: string }) => secretKey);
    expect(keys).toEqual(['JWT_SECRET', 'ENCRYPTION_KEYS', 'MONGO_URI', 'LLM_PROVIDER_1_API_KEY']);
    expect(object.spec.data[0].remoteRef).toEqual({ key: 'chat/prod', property: 'JWT_SECRET' });
    if (hasSchemas && schemas !== null) expect(officialSchemas(schemas)(object)).toEqual([]);
  });

  it('asks a cluster store for one entry each, and leaves out what is not there', async () => {
    const cwd = await temporaryFolder();
    const more = ['--store-kind', 'ClusterSecretStore', '--remote-key', 'chat-{name}', '--without', 'JWT_SECRET'];
    expect(await runCli([...external, ...more], { cwd })).toMatchObject({ code: 0 });
    const { spec } = parse(await readFile(join(cwd, 'x.yaml'), 'utf8'));
    expect(spec.secretStoreRef).toEqual({ name: 'vault', kind: 'ClusterSecretStore' });
    expect(spec.data[0]).toEqual({ secretKey: 'ENCRYPTION_KEYS', remoteRef: { key: 'chat-ENCRYPTION_KEYS' } });
    expect(spec.data).toHaveLength(3);
  });

  it('is told from a Secret by `secrets check`', async () => {
    const cwd = await temporaryFolder();
    await runCli([...external, '--remote-key', 'k', '--name', 'keys'], { cwd });
    expect(await runCli(['secrets', 'check', 'x.yaml'], { cwd })).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/holds a ExternalSecret.*\n.*secret\/keys/),
    });
  });
});

describe('--format age', () => {
  async function people() {
    const cwd = await folderWithUri();
    const [ann, ben, eve] = [await generateIdentity(), await generateIdentity(), await generateIdentity()];
    for (const [name, identity] of Object.entries({ ann, ben, eve }))
      await writeFile(join(cwd, name), `# created: today\n# public key: none of it\n${identity}\n`);
    const recipients = { ann: await identityToRecipient(ann), ben: await identityToRecipient(ben) };
    return { cwd, identities: { ann, ben, eve }, recipients };
  }

  it('is opened by each recipient, with age and with `secrets check`, and by nobody else', async () => {
    const { cwd, identities, recipients } = await people();
    await writeFile(join(cwd, 'team'), `# the team\n${recipients.ben}\n`);
    const argv = ['--format', 'age', '--output', 'set.age', '--recipient', recipients.ann, '--recipients-file', 'team'];
    const made = await create(cwd, ...argv, '--json');
    expect(made).toMatchObject({ code: 0 });
    const text = await readFile(join(cwd, 'set.age'), 'utf8');
    expect(text + made.stdout + made.stderr).not.toContain(canary);
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    expect((await stat(join(cwd, 'set.age'))).mode & 0o777).toBe(0o600);

    const { secrets } = JSON.parse(made.stdout) as { secrets: readonly { name: string; fingerprint: string }[] };
    for (const who of ['ann', 'ben']) {
      const checked = await runCli(['secrets', 'check', 'set.age', '--identity', who, '--json'], { cwd });
      expect(checked).toMatchObject({ code: 0 });
      const read = JSON.parse(checked.stdout) as { secrets: readonly { name: string; fingerprint: string }[] };
      expect(read.secrets).toEqual(secrets.map(({ name, fingerprint }) => ({ name, fingerprint })));
    }
    const { armor } = await import('age-encryption');
    const decrypter = new Decrypter();
    decrypter.addIdentity(identities.ben);
    const { values } = readEnvFile(await decrypter.decrypt(armor.decode(text), 'text'), 'x');
    expect(values.find(({ name }) => name === 'MONGO_URI')?.raw).toBe(uri);

    const foreign = await runCli(['secrets', 'check', 'set.age', '--identity', 'eve', '--debug'], { cwd });
    expect(foreign).toMatchObject({ code: 3, stderr: expect.stringContaining('cannot be decrypted') });
    expect(foreign.stderr).not.toContain(identities.eve);
    expect(await runCli(['secrets', 'check', 'set.age'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--identity'),
    });
    const rotated = await runCli(['secrets', 'rotate', 'encryption', '--step', 'add', '--source', 'set.age'], { cwd });
    expect(rotated).toMatchObject({ code: 2, stderr: expect.stringContaining('decrypt it first') });
  });

  it('reads what age itself wrote, as bytes too, and names what is wrong in it', async () => {
    const { cwd, recipients } = await people();
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipients.ann);
    await writeFile(join(cwd, 'bytes.age'), await encrypter.encrypt(`JWT_SECRET=short\nMONGO_URI=${uri}\n`));
    const checked = await runCli(['secrets', 'check', 'bytes.age', '--identity', 'ann'], { cwd });
    expect(checked).toMatchObject({ code: 3, stdout: expect.stringContaining('must have at least 32 bytes') });
    expect(checked.stdout).toContain('ENCRYPTION_KEYS is missing');
    expect(checked.stdout + checked.stderr).not.toContain(canary);
    const whole = await readFile(join(cwd, 'bytes.age'));
    await writeFile(join(cwd, 'cut.age'), whole.subarray(0, -1));
    expect(await runCli(['secrets', 'check', 'cut.age', '--identity', 'ann'], { cwd })).toMatchObject({ code: 3 });
  });

  it('refuses whoever is no recipient, without repeating what may be secret', async () => {
    const { cwd, identities } = await people();
    for (const recipient of [identities.eve, 'ssh-ed25519 AAAA', 'age1nobody', canary]) {
      const made = await create(cwd, '--format', 'age', '--output', 'x', '--recipient', recipient, '--debug');
      expect(made).toMatchObject({ code: 2 });
      expect(made.stderr).not.toContain(recipient);
    }
    expect(await create(cwd, '--format', 'age', '--output', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--recipient is missing'),
    });
    expect(await readdir(cwd)).not.toContain('x');
  });
});

describe('options that do not belong together', () => {
  it.each([
    [['--output', 'x', '--cert', 'c'], '--cert: is of no use here'],
    [['--output', 'x', '--context', 'c'], '--context: is of no use here'],
    [['--output', 'x', '--format', 'sealed', '--namespace', 'a'], '--cert is missing'],
    [['--output', 'x', '--format', 'sealed', '--cert', 'c'], '--namespace is missing'],
    [['--output', 'x', '--format', 'external', '--remote-key', 'k'], '--store is missing'],
    [['--output', 'x', '--format', 'external', '--store', 's'], '--remote-key is missing'],
    [['--output', 'x', '--format', 'external', '--from-env'], '--from-env: an ExternalSecret holds no values'],
    [['--output', 'x', '--format', 'external', '--store', 'Bad_Name', '--remote-key', 'k'], '--store: must be'],
    [['--apply', '--output', 'x'], 'takes no --output'],
    [['--apply', '--format', 'sealed'], 'takes no --format'],
    [['--apply', '--recipient', 'age1x'], '--recipient: is of no use here'],
  ])('%j are refused before anything is written', async (argv, words) => {
    const cwd = await temporaryFolder();
    const made = await runCli(['secrets', 'create', ...argv], { cwd });
    expect(made).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    expect(await readdir(cwd)).toEqual([]);
  });

  it('are refused by check too', async () => {
    const cwd = await folderWithUri();
    await create(cwd, '--output', 'plain');
    for (const option of ['--namespace', '--context', '--kubeconfig', '--identity'])
      expect(await runCli(['secrets', 'check', 'plain', option, 'uri'], { cwd })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`${option}: is of no use here`),
      });
  });
});
