// Station: cli/sessions. The server's HTTP API as an admin's command speaks it, its refusals as CliErrors. Called by the sessions commands and top.
import { httpUrl } from '../../client/endpoint.js';
import type { Invocation } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { oneLine } from '../output/table.js';
import { resolveTarget, type Target } from '../target.js';
import { targetRequest } from '../target-request.js';

/** Parameters of a request; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** The API. Every method throws CliError. */
export interface AdminApi {
  readonly target: Target;
  get(path: readonly string[], query?: Query): Promise<Readonly<Record<string, unknown>>>;
  post(path: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
  /** The body as it comes, in pieces: of any length, in constant memory. */
  stream(path: readonly string[], query?: Query): Promise<AsyncIterable<Uint8Array>>;
}

/** From the request to the end of a short answer; of a stream, to its head. */
const deadlineMs = 15_000;
const maxSentence = 500;

/** Finds the server and the admin's token as the options say. @throws CliError */
export async function adminApi(invocation: Invocation): Promise<AdminApi> {
  const { io } = invocation;
  const target = await resolveTarget(io, targetRequest(invocation, 'admin'));

  async function ask(method: string, path: readonly string[], query: Query): Promise<Response> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), deadlineMs);
    try {
      const answer = await fetch(httpUrl(target.httpUrl, path, query), {
        method,
        headers: { authorization: `Bearer ${target.token}` },
        signal: AbortSignal.any([io.signal, late.signal]),
      });
      if (answer.ok) return answer;
      throw await refused(answer, target);
    } catch (cause) {
      if (cause instanceof CliError) throw cause;
      if (io.signal.aborted) throw new CliError(exitCodes.interrupted, 'interrupted', undefined, cause);
      const why = late.signal.aborted ? `no answer within ${deadlineMs / 1_000} s` : 'nothing answers there';
      throw new CliError(
        exitCodes.unavailable,
        `no connection to ${target.httpUrl}: ${why}`,
        'is the server running? Start one with `npm start`, or name another: --server URL (with its path prefix)',
        cause,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  const json = async (answer: Response): Promise<Readonly<Record<string, unknown>>> => {
    const body: unknown = await answer.json().catch(() => null);
    if (typeof body === 'object' && body !== null) return body as Readonly<Record<string, unknown>>;
    throw new CliError(
      exitCodes.failure,
      `${target.httpUrl} answered with something else than JSON`,
      'is it a chatbox server, and the path prefix right?',
    );
  };

  return {
    target,
    get: async (path, query = {}) => json(await ask('GET', path, query)),
    post: async (path) => json(await ask('POST', path, {})),
    async stream(path, query = {}) {
      const { body } = await ask('GET', path, query);
      if (body === null) throw new CliError(exitCodes.failure, 'the server answered without a body');
      return body;
    },
  };
}

async function refused(answer: Response, target: Target): Promise<CliError> {
  const body: unknown = await answer.json().catch(() => null);
  const said = typeof body === 'object' && body !== null && 'message' in body ? body.message : null;
  const sentence =
    typeof said === 'string' && said !== '' ? oneLine(said).slice(0, maxSentence) : `status ${answer.status}`;
  switch (answer.status) {
    case 401:
    case 403:
      return new CliError(
        exitCodes.auth,
        `${target.httpUrl} does not let you in: ${sentence}`,
        `the token is from ${target.tokenSource} and must be an admin's; look at it with \`chatbox token inspect\``,
      );
    case 404:
      return new CliError(exitCodes.notFound, sentence, 'list the sessions: chatbox sessions list');
    case 400:
      return new CliError(exitCodes.usage, sentence);
    case 409:
      return new CliError(exitCodes.conflict, sentence);
    case 429:
      return new CliError(
        exitCodes.unavailable,
        sentence,
        'wait, or raise ADMIN_READ_LIMIT or ADMIN_RATE_LIMIT of the server',
      );
    case 503:
      return new CliError(exitCodes.unavailable, sentence, 'try again in a moment');
    default:
      return new CliError(exitCodes.failure, sentence);
  }
}
