// Station: client. Why an upgrade was refused: a browser's socket does not say, so the same route is asked over HTTP. Called by chat-client.
import { httpUrl } from './endpoint.js';
import { type RequestContext, request, sentenceOf } from './request.js';

/** What stands in the way of a connection. */
export type Refusal =
  /** The token is refused: only another one helps. */
  | { readonly kind: 'token'; readonly message: string }
  /** This client is not let in at all. */
  | { readonly kind: 'forbidden'; readonly message: string }
  /** Nothing lasting: try again, not before `retryAfterMs` where it is given. */
  | { readonly kind: 'passing'; readonly message: string; readonly retryAfterMs: number | undefined };

/** Asks why. Never throws: what can't be learned is `passing`. */
export async function whyRefused(context: RequestContext, token: string): Promise<Refusal> {
  const url = httpUrl(context.server, ['ws']);
  const answer = await request(context, url, token).catch(() => null);
  if (answer === null) return passing("The server can't be reached.");
  switch (answer.status) {
    case 401:
      return { kind: 'token', message: sentenceOf(answer) };
    case 403:
      return { kind: 'forbidden', message: sentenceOf(answer) };
    case 429:
    case 503:
      return passing(sentenceOf(answer), answer.retryAfterMs);
    case 400:
    case 426:
      // What a server says to a good token without upgrade headers: the door is open, the socket failed on its way.
      return passing('The connection was cut before it was open.');
    case 404:
      return passing('There is no chat under this address: is the path prefix right?');
    default:
      return passing(sentenceOf(answer), answer.retryAfterMs);
  }
}

function passing(message: string, retryAfterMs?: number): Refusal {
  return { kind: 'passing', message, retryAfterMs };
}
