// Station: llm/openai. The SDK's client, told everything by its settings and nothing by the environment. Made by the provider.
import OpenAI, { type ClientOptions } from 'openai';
import type { OpenAiSettings } from './openai-settings.js';
import type { UpstreamInit } from './upstream-fetch.js';

type BuiltRequest = Awaited<ReturnType<OpenAI['buildRequest']>>;
type RequestOptions = Parameters<OpenAI['buildRequest']>[0];

/** Where questions go and what goes along with each. */
export interface Endpoint {
  readonly origin: string;
  readonly url: string;
  readonly headers: Headers;
}

/**
 * The endpoint of some settings.
 * @throws Error that names the setting, and never repeats its value
 */
export function endpointOf(settings: OpenAiSettings): Endpoint {
  const url = URL.canParse(settings.baseUrl) ? new URL(settings.baseUrl) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new Error(`The base URL of model provider "${settings.name}" must begin with https:// or http://.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error(
      `The base URL of model provider "${settings.name}" holds a user or password. Give the key as the API key.`,
    );
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  url.hash = '';
  return { origin: url.origin, url: url.href, headers: headersOf(settings) };
}

function headersOf(settings: OpenAiSettings): Headers {
  const headers = new Headers();
  const fields: Readonly<Record<string, string | undefined>> = {
    accept: 'text/event-stream, application/json',
    'content-type': 'application/json',
    'user-agent': 'chatbox',
    authorization: settings.apiKey === undefined ? undefined : `Bearer ${settings.apiKey}`,
    'openai-organization': settings.organization,
    'openai-project': settings.project,
    ...settings.headers,
  };
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    try {
      headers.set(name, value);
    } catch {
      // The platform's own error quotes the value, which may be the key.
      throw new Error(
        `The header "${name}" of model provider "${settings.name}" holds what a header cannot hold, such as a line end.`,
      );
    }
  }
  return headers;
}

/**
 * The SDK with requests of our own making. Headers and URL are the same for every question, so they are made once; the SDK would make them anew five times
 * a question, add facts of this machine, and take more headers from `OPENAI_CUSTOM_HEADERS`, `OPENAI_ORG_ID` and the like.
 */
export class ChatboxOpenAI extends OpenAI {
  readonly #endpoint: Endpoint;
  readonly #timeoutMs: number;

  constructor(endpoint: Endpoint, timeoutMs: number, fetch: NonNullable<ClientOptions['fetch']>) {
    super({
      // The SDK insists on a key; the one that is sent stands in the endpoint's headers.
      apiKey: 'in-the-headers',
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      baseURL: endpoint.origin,
      // A question is paid once; who asks again is the user.
      maxRetries: 0,
      timeout: timeoutMs,
      logLevel: 'off',
      logger: silence,
      fetch,
    });
    this.#endpoint = endpoint;
    this.#timeoutMs = timeoutMs;
  }

  override async buildRequest(options: RequestOptions): Promise<BuiltRequest> {
    return {
      req: {
        method: options.method,
        headers: this.#endpoint.headers,
        body: JSON.stringify(options.body),
        ...(options.signal ? { caller: options.signal } : {}),
      } satisfies BuiltRequest['req'] & UpstreamInit,
      url: this.#endpoint.url,
      timeout: this.#timeoutMs,
    };
  }
}

const ignore = (): void => undefined;

/** The SDK would print chunks that it can't read, and with them what was said. */
const silence = { error: ignore, warn: ignore, info: ignore, debug: ignore };
