// Station: llm/openai. A response as the SDK needs it, and its body as we read it. Made by the exchange; called by the SDK and the provider.
import type { IncomingHttpHeaders } from 'node:http';

/** Whoever reads a body. Each is called as soon as bytes are there, never after `end` or `fail`. */
export interface BodySink {
  data(bytes: Buffer): void;
  end(): void;
  fail(cause: Error): void;
}

/** What of a body we can do. `read` once; bytes that came before are given out within it. */
export interface UpstreamBody {
  read(sink: BodySink): void;
  /** Closes the connection, unless the body has ended. Idempotent. */
  abandon(): void;
}

/** Bytes of a whole body at most: error replies and answers that are not streamed. */
const maxWholeBodyBytes = 4 * 1_048_576;

/** The part of the Fetch `Headers` that the SDK reads. */
export class UpstreamHeaders {
  readonly #fields: IncomingHttpHeaders;

  constructor(fields: IncomingHttpHeaders) {
    this.#fields = fields;
  }

  get(name: string): string | null {
    const value = this.#fields[name.toLowerCase()];
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
  }

  /** Names and values. The SDK reads them all to find the request id for a log line that is off, so it gets that one alone. */
  *entries(): Generator<[string, string]> {
    const id = this.get('x-request-id');
    if (id !== null) yield ['x-request-id', id];
  }
}

/**
 * The part of the Fetch `Response` that the SDK reads. A true one would put a web stream around the body, which costs more than everything else that we
 * do with an answer.
 */
export class UpstreamResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: UpstreamHeaders;
  readonly upstream: UpstreamBody;
  /** The SDK would read a stream from here; we read `upstream`. */
  readonly body = null;
  readonly url = '';

  constructor(status: number, headers: IncomingHttpHeaders, upstream: UpstreamBody) {
    this.status = status;
    this.ok = status >= 200 && status < 300;
    this.headers = new UpstreamHeaders(headers);
    this.upstream = upstream;
  }

  /** The whole body, of which at most 4 MiB are read; what is cut short rejects. An error reply comes in the form that the SDK understands. */
  async text(): Promise<string> {
    const text = await this.#whole();
    return this.ok ? text : asErrorBody(text);
  }

  #whole(): Promise<string> {
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      let length = 0;
      this.upstream.read({
        data: (bytes) => {
          length += bytes.length;
          if (length <= maxWholeBodyBytes) parts.push(bytes);
          else this.upstream.abandon();
        },
        end: () => resolve(Buffer.concat(parts).toString('utf8')),
        fail: reject,
      });
    });
  }
}

/** The SDK keeps what lies in `error`; some endpoints (vLLM, whatever is made with FastAPI) lay it at the top. */
function asErrorBody(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // No JSON: the SDK takes it as text, and we look at the status alone.
    return text;
  }
  return typeof body === 'object' && body !== null && !('error' in body) ? JSON.stringify({ error: body }) : text;
}
