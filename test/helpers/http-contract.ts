// Station: test/helpers. An HTTP client that holds every answer against the contract's own schemas. Called by tests of routes, with fakes and with the real app.
import { httpRoutes } from '../../src/protocol/http.js';
import { httpErrorSchema, rateLimitSchema } from '../../src/protocol/http-errors.js';
import type { RouteContract } from '../../src/protocol/http-route.js';

/** What came back. `body` is the parsed JSON, or the text of anything else. */
export interface Checked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests read what the schema has already been held against.
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request; `path` is below the prefix. */
export interface Asked {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

/** Asks, and fails on an answer that does not fit the contract. */
export type Ask = (path: string, asked?: Asked) => Promise<Checked>;

/** A client of the server at `base` (its URL with the prefix). */
export function contractClient(base: string): Ask {
  return async (path, { method = 'GET', token, headers = {}, body } = {}) => {
    const isJson = typeof body === 'object';
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(isJson ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const parsed = type.startsWith('application/json') && text !== '' ? JSON.parse(text) : {};
    checkAnswer(method, path, response, type, parsed);
    return { status: response.status, headers: response.headers, text, body: parsed };
  };
}

function checkAnswer(method: string, path: string, response: Response, type: string, body: unknown): void {
  const { status } = response;
  if (status === 204 || method === 'HEAD') return;
  const route = routeOf(method, path.split('?', 1)[0] ?? '');
  const isReport = route === httpRoutes.readReadiness && status === 503;
  if (status >= 400 && !isReport) {
    const schema = status === 429 ? rateLimitSchema : httpErrorSchema;
    if (!type.startsWith('application/json')) throw new Error(`${method} ${path} -> ${status} answers as ${type}`);
    demand(schema.safeParse(body), `${method} ${path} -> ${status}`);
    if ([429, 503].includes(status) && response.headers.get('retry-after') === null) {
      throw new Error(`${method} ${path} -> ${status} comes without Retry-After`);
    }
    return;
  }
  if (route === undefined) throw new Error(`${method} ${path} -> ${status}, but the contract has no such route`);
  if (!isReport && status !== route.status) throw new Error(`${method} ${path} -> ${status}, not ${route.status}`);
  if (route.answer !== undefined) demand(route.answer.safeParse(body), `${method} ${path} -> ${status}`);
  else if (!(route.media ?? []).some((media) => type.startsWith(media))) throw new Error(`${path} answers as ${type}`);
}

function demand(result: { readonly success: boolean; readonly error?: Error | undefined }, what: string): void {
  if (!result.success) throw new Error(`${what} does not fit the contract`, { cause: result.error });
}

function routeOf(method: string, path: string): RouteContract | undefined {
  const asked = path.split('/');
  return Object.values<RouteContract>(httpRoutes).find((route) => {
    const parts = route.path.split('/');
    const fits = parts.length === asked.length && parts.every((part, at) => part.startsWith(':') || part === asked[at]);
    return route.method === method && fits;
  });
}
