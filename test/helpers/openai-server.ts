// Station: test/helpers. An OpenAI-compatible endpoint on 127.0.0.1, scripted request by request. Called by tests of the provider and of the whole server.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deferred } from '../../src/common/deferred.js';
import { answer, type Reply, type ReplyStep } from './openai-replies.js';

/** What a client asked. */
export interface OpenAiRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** `body.messages`, for a test of what the model was given. */
  readonly messages: readonly { readonly role: string; readonly content: string; readonly name?: string }[];
  /** True once the client hung up before the reply was over. */
  readonly isAbandoned: boolean;
  /** Resolves when the client hangs up before the reply was over. */
  readonly abandoned: Promise<void>;
}

/** The running server. */
export interface OpenAiServer {
  /** Such as `http://127.0.0.1:40123/v1`. */
  readonly baseUrl: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly OpenAiRequest[];
  /** TCP connections accepted so far, and open now. */
  readonly connections: { readonly accepted: number; readonly open: number };
  /** The next requests get these replies, in order; those after them what `otherwise` says. */
  reply(...replies: readonly Reply[]): void;
  /** Resolves with request number `index` (0 is the first), at once where it has come. */
  request(index: number): Promise<OpenAiRequest>;
  /** Breaks what is open. */
  close(): Promise<void>;
}

/** What to reply when no scripted reply is left; by default `Echo: ` and what the user said last, word by word. */
export type Otherwise = (request: OpenAiRequest) => Reply;

/** Starts a server on a port that the system chooses. */
export async function startOpenAiServer(otherwise: Otherwise = echo): Promise<OpenAiServer> {
  const requests: OpenAiRequest[] = [];
  const scripted: Reply[] = [];
  const waiting: { readonly index: number; readonly arrived: (request: OpenAiRequest) => void }[] = [];
  const connections = { accepted: 0, open: 0 };

  const server = createServer((incoming, response) => {
    receive(incoming, response).then(
      (request) => {
        requests.push(request);
        for (const { index, arrived } of waiting) if (index === requests.length - 1) arrived(request);
        return play(scripted.shift() ?? otherwise(request), response);
      },
      () => response.destroy(),
    );
  });
  server.on('connection', (socket) => {
    connections.accepted += 1;
    connections.open += 1;
    socket.setNoDelay(true);
    socket.on('close', () => {
      connections.open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    connections,
    reply: (...replies) => void scripted.push(...replies),
    request(index) {
      const there = requests[index];
      if (there !== undefined) return Promise.resolve(there);
      const { promise, resolve } = deferred<OpenAiRequest>();
      waiting.push({ index, arrived: resolve });
      return promise;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Replies that the script broke off, so that nobody takes that for the client's doing. */
const brokenByUs = new WeakSet<ServerResponse>();

async function receive(incoming: IncomingMessage, response: ServerResponse): Promise<OpenAiRequest> {
  const abandoned = deferred<void>();
  let isAbandoned = false;
  response.on('close', () => {
    if (response.writableEnded || brokenByUs.has(response)) return;
    isAbandoned = true;
    abandoned.resolve();
  });
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>;
  return {
    path: incoming.url ?? '',
    headers: incoming.headers,
    body,
    messages: (body.messages ?? []) as OpenAiRequest['messages'],
    get isAbandoned() {
      return isAbandoned;
    },
    abandoned: abandoned.promise,
  };
}

async function play(reply: Reply, response: ServerResponse): Promise<void> {
  for (const step of reply) {
    if (response.destroyed) return;
    const goesOn = await perform(step, response);
    if (!goesOn) return;
  }
  response.end();
}

/** False when the reply is over. */
async function perform(step: ReplyStep, response: ServerResponse): Promise<boolean> {
  switch (step.kind) {
    case 'head':
      response.writeHead(step.status, step.headers);
      response.flushHeaders();
      return true;
    case 'send':
      for (let at = 0; at < step.bytes.length && !response.destroyed; at += step.packetBytes) {
        response.write(step.bytes.subarray(at, at + step.packetBytes));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return true;
    case 'gate':
      await step.opened;
      return true;
    case 'cut':
      brokenByUs.add(response);
      response.destroy();
      return false;
    case 'hang':
      return false;
  }
}

function echo(request: OpenAiRequest): Reply {
  const said = request.messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return answer(`Echo: ${said}`.split(/(?<=\s)/));
}
