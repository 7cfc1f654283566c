// Station: test/helpers. Something that answers where an API server of Kubernetes is expected, with what a test wants it to say. Called by test/cli.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Certificate, selfSigned } from './certificate.js';

/** A request that came. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string;
  readonly contentType: string;
  readonly body: string;
}

/** What it is answered; null for no answer at all. */
export type Answer = { readonly status: number; readonly body: unknown } | null;

/** A kubeconfig of one context, `test`. */
export function kubeconfigText(
  server: string,
  { ca, user = { token: 'fake-token' } }: { readonly ca?: string; readonly user?: unknown } = {},
): string {
  const authority = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'talk' } }],
    clusters: [{ name: 'test', cluster: { server, ...authority } }],
    users: [{ name: 'test', user }],
  });
}

/** A Status as an API server refuses with. */
export function refusal(code: number, reason: string, message: string, details: unknown = {}): Answer {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code },
  };
}

/** The answer to a read where there is no such Secret. */
export const noSecret = refusal(404, 'NotFound', 'secrets "chatbox-secrets" not found', {
  name: 'chatbox-secrets',
  kind: 'secrets',
});

/** One certificate is enough for all of them; it takes a tenth of a second to make. */
let shared: Certificate | null = null;

/** Listens until the test is finished, and leaves a kubeconfig that leads to it in `folder`. */
export async function fakeApiServer(folder: string, answer: (asked: Asked) => Answer, user?: unknown) {
  shared ??= selfSigned();
  const { pem, keyPem } = shared;
  const asked: Asked[] = [];
  const server = createServer({ cert: pem, key: keyPem }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { authorization = '', 'content-type': contentType = '' } = request.headers;
      const body = Buffer.concat(parts).toString();
      const one = { method: request.method ?? '', url: request.url ?? '', authorization, contentType, body };
      asked.push(one);
      const given = answer(one);
      if (given === null) return;
      response.writeHead(given.status, { 'content-type': 'application/json' });
      response.end(typeof given.body === 'string' ? given.body : JSON.stringify(given.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const url = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(url, { ca: pem, ...(user === undefined ? {} : { user }) }));
  return { url, kubeconfig, asked };
}
