// Station: test/helpers. A real WebSocket server whose every frame a test writes: drops, gaps, duplicates, close codes. Called by tests of the client.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { eventually } from './poll.js';

/** A frame, either way, as loose as the wire is. */
export type WireFrame = Readonly<Record<string, unknown>> & { readonly type?: unknown };

/** One connection, from the server's side. */
export interface ScriptedConnection {
  /** Query of the upgrade. */
  readonly query: URLSearchParams;
  readonly protocols: readonly string[];
  /** All frames that came, in order. */
  readonly received: readonly WireFrame[];
  readonly isClosed: boolean;
  /** Sends a frame, with a timestamp where it has none. */
  say(frame: WireFrame): void;
  /** Sends text as it is. */
  sayRaw(text: string): void;
  /** The n-th frame (1 is the first) of a type that came or will come. */
  heard(type: string, nth?: number): Promise<WireFrame>;
  close(code: number): void;
  /** Cuts the TCP connection. */
  cut(): void;
}

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The server. */
export interface ScriptedServer {
  /** With the prefix: what a client is given. */
  readonly url: string;
  readonly connections: readonly ScriptedConnection[];
  /** Path and query of each HTTP request, upgrades not counted, and its Authorization header. */
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined }[];
  /** The n-th connection, 1 is the first. */
  connection(nth: number): Promise<ScriptedConnection>;
  /** Answers HTTP under the prefix; `null` is a 404. Default: 400 on /ws, 404 elsewhere. */
  answerHttp(answer: (path: string) => HttpAnswer | null): void;
  /** Refuses upgrades with this, until told null. */
  refuseUpgrades(answer: HttpAnswer | null): void;
  close(): Promise<void>;
}

const prefix = '/chatbox';
const noUpgrade = { status: 400, body: { error: 'upgrade required', code: 'BAD_REQUEST' } };

/** Starts a server on port 0 of 127.0.0.1. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const connections: ScriptedConnection[] = [];
  const requests: { path: string; authorization: string | undefined }[] = [];
  let answer = (path: string): HttpAnswer | null => (path === '/ws' ? noUpgrade : null);
  let refusal: HttpAnswer | null = null;
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'chatbox.v1' });
  const http = createServer((request, response) => {
    const path = (request.url ?? '').slice(prefix.length);
    requests.push({ path, authorization: request.headers.authorization });
    reply(response, answer(path) ?? { status: 404, body: { error: 'not found', code: 'NOT_FOUND' } });
  });
  http.on('upgrade', (request, socket, head) => {
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => connections.push(scripted(opened, request)));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(http.address())}${prefix}`,
    connections,
    requests,
    connection: (nth) => eventually(() => connections[nth - 1], { what: `connection ${nth}` }),
    answerHttp(next) {
      answer = next;
    },
    refuseUpgrades(next) {
      refusal = next;
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

function scripted(socket: WebSocket, request: IncomingMessage): ScriptedConnection {
  const received: WireFrame[] = [];
  let isClosed = false;
  socket.on('message', (data) => received.push(JSON.parse(String(data))));
  socket.on('close', () => {
    isClosed = true;
  });
  socket.on('error', () => undefined);
  return {
    query: new URL(request.url ?? '', 'http://scripted').searchParams,
    protocols: (request.headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim()),
    received,
    get isClosed() {
      return isClosed;
    },
    say: (frame) => socket.send(JSON.stringify({ timestamp: '2026-01-01T00:00:00.000Z', ...frame })),
    sayRaw: (text) => socket.send(text),
    heard: (type, nth = 1) =>
      eventually(() => received.filter((frame) => frame.type === type)[nth - 1], { what: `${type} number ${nth}` }),
    close: (code) => socket.close(code),
    cut: () => socket.terminate(),
  };
}

function reply(response: ServerResponse, { status, body, headers = {} }: HttpAnswer): void {
  const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...cors, ...headers });
  response.end(JSON.stringify(body ?? {}));
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the scripted server has no port');
  return address.port;
}
