// Station: llm/openai. A `fetch` for the SDK on one undici pool. Made by the provider; called by the SDK for each question.
import { Pool } from 'undici';
import { LlmError } from '../../ports/llm.js';
import { AbandonedError, Exchange } from './exchange.js';
import type { UpstreamResponse } from './upstream-response.js';

/** Bounds of the connections to one endpoint; times in milliseconds. */
export interface UpstreamBounds {
  readonly maxConnections: number;
  readonly maxWaiting: number;
  readonly connectTimeoutMs: number;
  readonly silenceTimeoutMs: number;
}

/**
 * Why there is no response. What happened lies in a field of its own and not in `cause`, because the SDK drops an error whose text or cause looks like a
 * time-out to it, and with it the difference between no connection and no answer.
 */
export class RequestFailedError extends Error {
  override readonly name = 'RequestFailedError';
  readonly failure: unknown;

  constructor(failure: unknown) {
    super('The request failed.');
    this.failure = failure;
  }
}

/** When to try again where the line is full, in milliseconds. */
const busyRetryMs = 1_000;

/** What our client adds to a request. */
export interface UpstreamInit extends RequestInit {
  /**
   * The signal of whoever asks. It does not travel as `signal`: the SDK would hang a listener on it that it never takes off, and hand us a signal of its
   * own, which only its time-out fires, and that comes no earlier than ours.
   */
  readonly caller?: AbortSignal;
}

/** The connections to one endpoint. */
export interface Upstream {
  /** Understands POST with a string body, headers and a caller, to the endpoint's own origin. */
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Closes every connection at once, whatever is under way. */
  close(): Promise<void>;
}

/** Opens no connection before it is asked to. */
export function createUpstream(origin: string, bounds: UpstreamBounds): Upstream {
  const pool = new Pool(origin, {
    connections: bounds.maxConnections,
    pipelining: 1,
    connect: { timeout: bounds.connectTimeoutMs },
    headersTimeout: bounds.silenceTimeoutMs,
    bodyTimeout: bounds.silenceTimeoutMs,
  });
  const flatten = lastFlattened();
  const maxInFlight = bounds.maxConnections + bounds.maxWaiting;
  let inFlight = 0;

  const request = async (target: string, init: UpstreamInit): Promise<UpstreamResponse> => {
    if (inFlight >= maxInFlight) {
      throw new LlmError(
        'unavailable',
        `All ${bounds.maxConnections} connections to the model endpoint are taken and ${bounds.maxWaiting} more questions wait. Try again shortly.`,
        { retryAfterMs: busyRetryMs },
      );
    }
    const { caller } = init;
    if (caller?.aborted === true) throw new AbandonedError();
    const url = new URL(target);
    inFlight += 1;
    const exchange = new Exchange(() => {
      inFlight -= 1;
      caller?.removeEventListener('abort', abandon);
    });
    const abandon = (): void => exchange.abandon();
    caller?.addEventListener('abort', abandon);
    pool.dispatch(
      {
        path: url.pathname + url.search,
        method: 'POST',
        headers: flatten(init.headers),
        body: typeof init.body === 'string' ? init.body : null,
      },
      exchange,
    );
    return exchange.response;
  };

  const fetch = async (url: string | URL | Request, init: UpstreamInit = {}): Promise<UpstreamResponse> => {
    try {
      return await request(String(url), init);
    } catch (error) {
      throw new RequestFailedError(error);
    }
  };

  return {
    // The SDK reads no more of a Response than UpstreamResponse has; a whole one would need the web stream that we came here to avoid.
    fetch: fetch as unknown as Upstream['fetch'],
    close: () => pool.destroy(),
  };
}

/** Headers as undici likes them. The client sends the same object each time, so one answer is remembered. */
function lastFlattened(): (headers: RequestInit['headers']) => string[] {
  let last: RequestInit['headers'];
  let flat: string[] = [];
  return (headers) => {
    if (headers !== last) {
      flat = headers instanceof Headers ? [...headers].flat() : [];
      last = headers;
    }
    return flat;
  };
}
