// What `chatbox serve` and `chatbox doctor` say of a MongoDB that cannot be used: what, why and how to mend it, with no credential, on real sockets.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Certificate, selfSigned } from '../helpers/certificate.js';
import { runCli } from '../helpers/cli.js';
import { leastEnv } from '../helpers/config.js';
import { mongoServer } from '../helpers/mongo-server.js';
import { dropDatabase, freshDatabase } from '../helpers/store-mongodb.js';
import { tlsFront } from '../helpers/tls-front.js';

const server = await mongoServer();
const port = Number(new URL((server?.uri ?? 'mongodb://127.0.0.1:0').replace('mongodb:', 'http:')).port);
const ip = '127.0.0.1';

// The driver looks for a server for 4 s, so these run beside one another, in one folder, and what they start ends with the last of them.
const cwd = await mkdtemp(join(tmpdir(), 'chatbox-test-'));
const closers: (() => Promise<unknown>)[] = [() => rm(cwd, { recursive: true, force: true })];
afterAll(() => Promise.all(closers.map((close) => close())));

/** A user and a password, neither of which anybody may read anywhere. */
const who = 'canary-user:Canary%2Fpassword@';
const secrets = ['canary-user', 'Canary/password', 'Canary%2Fpassword'];

interface Said {
  readonly code: number;
  readonly what: string;
  readonly fix: string;
}

async function serveSays(uri: string): Promise<Said> {
  const { code, stdout, stderr } = await runCli(['serve', '--json', '--port', '0', '--ops-port', 'off'], {
    cwd,
    env: { ...leastEnv, MONGO_URI: uri, MONGO_START_TIMEOUT: '1s' },
  });
  for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  const { error } = JSON.parse(last) as { error: { message: string; fix?: string; exit_code: number } };
  expect(error.exit_code).toBe(code);
  return { code, what: error.message, fix: error.fix ?? '' };
}

/** What the doctor finds of the connection; its look at the keys meets the same. */
async function doctorSays(uri: string): Promise<Said> {
  const { code, stdout, stderr } = await runCli(['doctor', '--json', '--timeout', '2', '--only', 'store', 'keyring'], {
    cwd,
    env: { ...leastEnv, MONGO_URI: uri },
  });
  for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
  const { findings } = JSON.parse(stdout) as {
    findings: { name: string; state: string; found: string; fix: string }[];
  };
  const [connection, keyring] = ['store connection', 'keyring'].map((name) =>
    findings.find((finding) => finding.name === name),
  );
  expect([connection?.state, keyring?.state]).toEqual(['failed', 'failed']);
  expect(keyring?.found.replace(/^store: /, '')).toBe(connection?.found);
  expect(keyring?.fix).toBe(connection?.fix);
  return { code, what: connection?.found ?? '', fix: connection?.fix ?? '' };
}

/** Whoever looks is told the same. */
async function bothSay(uri: string, expected: { code: number; what: RegExp; fix: RegExp }): Promise<void> {
  const [served, looked] = await Promise.all([serveSays(uri), doctorSays(uri)]);
  expect(served).toEqual({
    code: expected.code,
    what: expect.stringMatching(expected.what),
    fix: expect.stringMatching(expected.fix),
  });
  expect(looked).toEqual({ code: 1, what: served.what.replace(/^store: /, ''), fix: served.fix });
}

async function frontOf(certificate: Certificate): Promise<number> {
  const front = await tlsFront(port, certificate);
  closers.push(() => front.close());
  return front.port;
}

async function silentServer(): Promise<number> {
  const silent = createServer((socket) => void socket.on('error', () => undefined).resume());
  silent.listen(0, ip);
  await new Promise((resolve) => silent.once('listening', resolve));
  closers.push(() => new Promise((resolve) => void silent.close(resolve)));
  const address = silent.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a MongoDB that cannot be used is explained by serve and by the doctor, without its credentials:', () => {
  it.concurrent('a connection string that is none', async () => {
    await bothSay(`mongodb://${who}@2/`, {
      code: 3,
      what: /^MONGO_URI is no connection string that can be used$/,
      fix: /^write it as mongodb:/,
    });
  });

  it.concurrent('an unknown host', async () => {
    await bothSay(`mongodb://${who}no.such.host.invalid/`, {
      code: 3,
      what: /^no\.such\.host\.invalid:27017 has no address \((ENOTFOUND|EAI_AGAIN)\)$/,
      fix: /^check the host name in MONGO_URI/,
    });
  });

  it.concurrent('a port on which nothing listens', async () => {
    await bothSay(`mongodb://${who}${ip}:1/`, {
      code: 7,
      what: /^store: MongoDB cannot be reached: 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)$/,
      fix: /^Check that it runs, host and port in MONGO_URI/,
    });
  });

  it.concurrent('a server that takes connections and says nothing, asked with TLS', async () => {
    const silent = await silentServer();
    await bothSay(`mongodb://${who}${ip}:${silent}/?tls=true`, {
      code: 7,
      what: /^store: MongoDB cannot be reached: 127\.0\.0\.1:\d+ does not answer$/,
      fix: /whether it wants TLS/,
    });
  });

  it.concurrent('a file of certificates that is not there', async () => {
    await bothSay(`mongodb://${who}${ip}:1/?tls=true&tlsCAFile=${encodeURIComponent('/no/such/file.pem')}`, {
      code: 3,
      what: /^a file that MONGO_URI names cannot be read \(ENOENT\)$/,
      fix: /^check tlsCAFile/,
    });
  });
});

describe.skipIf(server === null)(
  `${server?.name ?? 'MongoDB'} that cannot be used is explained by serve and by the doctor:`,
  () => {
    it.concurrent('wrong credentials', async () => {
      await bothSay(`mongodb://${who}${ip}:${port}/?authSource=admin`, {
        code: 3,
        what: /^MongoDB refuses the user of MONGO_URI$/,
        fix: /^check user and password, authSource/,
      });
    });

    it.concurrent('TLS asked of a server that has none', async () => {
      await bothSay(`mongodb://${who}${ip}:${port}/?tls=true`, {
        code: 3,
        what: /^127\.0\.0\.1:\d+ speaks no TLS, which MONGO_URI asks for$/,
        fix: /^take tls=true out of MONGO_URI/,
      });
    });

    it.concurrent('a server that wants TLS and is not asked for it', async () => {
      const front = await frontOf(selfSigned({ ip }));
      await bothSay(`mongodb://${who}${ip}:${front}/`, {
        code: 3,
        what: /^127\.0\.0\.1:\d+ wants TLS, which MONGO_URI does not ask for$/,
        fix: /^add tls=true to MONGO_URI/,
      });
    });

    it.concurrent('a certificate that signs itself and is not trusted', async () => {
      const front = await frontOf(selfSigned({ ip }));
      await bothSay(`mongodb://${who}${ip}:${front}/?tls=true`, {
        code: 3,
        what: /^TLS with 127\.0\.0\.1:\d+ fails: its certificate is not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
        fix: /^give the authority that signed it with tlsCAFile/,
      });
    });

    it.concurrent.each([
      [
        'of another host',
        { ip: '127.0.0.2' },
        /is for another host \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
        /^use a host name/,
      ],
      ['that has expired', { ip, days: -1 }, /is not valid now \(CERT_HAS_EXPIRED\)$/, /^renew it/],
    ] as const)('a trusted certificate %s; and the same without that fault is taken', async (_, fault, what, fix) => {
      const askWith = async (made: Parameters<typeof selfSigned>[0]): Promise<string> => {
        const certificate = selfSigned(made);
        const file = join(cwd, `${randomUUID()}.pem`);
        await writeFile(file, certificate.pem);
        const front = await frontOf(certificate);
        return `${ip}:${front}/?tls=true&tlsCAFile=${encodeURIComponent(file)}`;
      };
      await bothSay(`mongodb://${who}${await askWith(fault)}`, { code: 3, what, fix });
      const database = freshDatabase();
      closers.push(() => dropDatabase(server?.uri ?? '', database));
      const good = await runCli(['doctor', '--json', '--only', 'store'], {
        cwd,
        env: { ...leastEnv, MONGO_URI: `mongodb://${await askWith({ ip })}`, MONGO_DATABASE: database },
      });
      const { findings } = JSON.parse(good.stdout) as { findings: { name: string; state: string }[] };
      expect(findings.find(({ name }) => name === 'store connection')?.state).toBe('ok');
    });
  },
);
