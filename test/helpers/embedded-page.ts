// Station: test/helpers. Serves the pages of docs/embedding.md as their reader would: the page, the SDK's files beside it, and the access route. Called by browser tests.
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';

/** A served page. */
export interface EmbeddedPages {
  readonly origin: string;
  /** What `/chat-access` gives. */
  access: { readonly server: string; readonly token: string };
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Serves `/page` and `/raw` (the examples of that name) on a free port of 127.0.0.1. */
export async function serveEmbeddedPages(): Promise<EmbeddedPages> {
  const text = await readFile(`${root}docs/embedding.md`, 'utf8');
  const asked: string[] = [];
  const state = { access: { server: '', token: '' } };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    answer(path, response, text, state.access).catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the page server has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    asked,
    get access() {
      return state.access;
    },
    set access(next) {
      state.access = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(path: string, response: ServerResponse, docs: string, access: unknown): Promise<void> {
  const module = /^\/chatbox\/((?:client|common|protocol)\/[\w-]+\.js)$/.exec(path)?.[1];
  if (path === '/chat-access') response.setHeader('content-type', 'application/json').end(JSON.stringify(access));
  else if (path === '/page' || path === '/raw')
    response.setHeader('content-type', 'text/html').end(example(docs, path.slice(1)));
  else if (module !== undefined)
    response.setHeader('content-type', 'text/javascript').end(await readFile(`${root}dist/${module}`));
  else response.writeHead(404).end();
}

/** The block of HTML that follows its mark in the docs. */
function example(docs: string, name: string): string {
  const found = docs.split(`<!-- example: ${name} -->`)[1]?.split('```html\n')[1]?.split('\n```')[0];
  if (found === undefined) throw new Error(`docs/embedding.md has no example ${name}`);
  return found;
}
