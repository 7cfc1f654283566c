// Station: test/helpers. A real nginx in front of a server, with the path rules of a rendered Ingress and no other; and the server as its pod would run it.
// Called by test/k8s/render-nginx*.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { systemRandom } from '../../src/common/random.js';
import { issueToken } from '../../src/server/auth/issue.js';
import { generateEncryptionKeys } from '../../src/server/config/encryption-keys.js';
import { generateJwtSecret } from '../../src/server/config/jwt-secret.js';
import { temporaryFolder } from './cli.js';
import { type Options, oneOf, renderOf } from './k8s-render.js';
import { eventually } from './poll.js';

const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Runs a program until the test is over. */
function keep(program: string, args: readonly string[], env: Readonly<Record<string, string>>, cwd: string) {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { output: () => output, hasEnded: () => child.exitCode !== null };
}

/** The server behind nginx, both as rendered. */
export interface Published {
  /** Of nginx, with the prefix. */
  readonly httpUrl: string;
  readonly wsUrl: string;
  /** What the probes of the pod ask for. */
  readonly probes: readonly string[];
  /** Of nginx, without the prefix. */
  readonly root: string;
  token(userId: string, options?: { readonly roles?: readonly string[] }): Promise<string>;
}

/** Renders an Ingress, starts the server on the rendered config file and secrets as files, and nginx with the rendered paths. @param idleSeconds when nginx gives up a silent connection */
export async function publish(nginx: string, options: Options, idleSeconds: number): Promise<Published> {
  const folder = await temporaryFolder();
  const [port, front] = [await freePort(), await freePort()];
  const config = JSON.stringify({
    http: { port },
    ops: { port: 'off' },
    shutdown: { drainDelay: '0s', turnGrace: '1s' },
  });
  const objects = await renderOf({ ingressClass: 'nginx', store: 'sqlite', ...options }, config);
  const [map] = [oneOf(objects, 'ConfigMap')];
  const secret = generateJwtSecret(systemRandom);
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets/JWT_SECRET'), secret, { mode: 0o600 });
  await writeFile(join(folder, 'secrets/ENCRYPTION_KEYS'), generateEncryptionKeys(systemRandom), { mode: 0o600 });
  await writeFile(join(folder, 'chatbox.yaml'), map.data['chatbox.yaml'] ?? '');
  const [container] = oneOf(objects, 'Deployment').spec.template.spec.containers;
  // The folder of the volume is the one thing that is elsewhere here.
  const env = { CHATBOX_CONFIG: join(folder, 'chatbox.yaml'), CREDENTIALS_DIRECTORY: join(folder, 'secrets') };
  const server = keep(
    process.execPath,
    [bin, ...(container?.args ?? []), '--data-dir', join(folder, 'data')],
    env,
    folder,
  );

  const paths = oneOf(objects, 'Ingress').spec.rules.flatMap(({ http }) => http.paths.map(({ path }) => path));
  await writeFile(join(folder, 'nginx.conf'), nginxConfig(paths, { front, port, idleSeconds }));
  const proxy = keep(nginx, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {}, folder);

  const probes = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe].map(
    (probe) => probe?.httpGet?.path ?? '',
  );
  const root = `http://127.0.0.1:${front}`;
  await eventually(
    async () => {
      if (server.hasEnded() || proxy.hasEnded()) throw new Error(server.output() + proxy.output());
      return (await fetch(`${root}${probes[0]}`)).ok;
    },
    { timeoutMs: 20_000, everyMs: 50, what: 'the server behind nginx' },
  );
  const prefix = paths[0] === '/' ? '' : (paths[0] ?? '');
  return {
    httpUrl: `${root}${prefix}`,
    wsUrl: `ws://127.0.0.1:${front}${prefix}/ws`,
    probes,
    root,
    async token(userId, { roles = ['user'] } = {}) {
      const now = Date.now();
      return await issueToken({ userId, roles, issuedAtMs: now, expiresAtMs: now + 3_600_000 }, Buffer.from(secret));
    },
  };
}

/** `Prefix` as an ingress controller for nginx does it: the path itself, and what is below it; handed on as it came. */
function nginxConfig(
  paths: readonly string[],
  { front, port, idleSeconds }: { front: number; port: number; idleSeconds: number },
): string {
  const pass = `{ proxy_pass http://127.0.0.1:${port}; }`;
  const locations = paths.flatMap((path) =>
    path === '/' ? [`location / ${pass}`] : [`location = ${path} ${pass}`, `location ${path}/ ${pass}`],
  );
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path tmp-${name};`);
  return `daemon off; master_process off; pid nginx.pid; error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off; ${folders.join(' ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${front};
    proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
    proxy_read_timeout ${idleSeconds}s; proxy_send_timeout ${idleSeconds}s;
    location / { return 404 "nginx has no such path"; }
    ${locations.join('\n    ')}
  }
}
`.replace(paths.includes('/') ? /^ {4}location \/ \{ return.*\n/m : /$^/, '');
}
