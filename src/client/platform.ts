// Station: client. The platform as arguments: sockets, fetch. Called by chat-client and link; a browser, Node and tests give their own.

/** The part of a WebSocket that the client uses; the browser's and the `ws` package's both have it. Handlers take `never`, so that any event type fits. */
export interface SocketLike {
  readonly readyState: number;
  /** Bytes that were sent and have not left yet. */
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** Drops the connection without a handshake; browsers have no such thing. */
  terminate?(): void;
}

/** What a message event carries; the wire has text frames only. */
export interface MessageLike {
  readonly data: unknown;
}

/** What a close event carries. */
export interface CloseLike {
  readonly code: number;
  readonly reason: string;
}

/** Opens a socket, as `new WebSocket(url, protocols)` does. */
export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** The part of `fetch` that the client uses. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/** What the client asks with. */
export interface FetchInit {
  readonly method: 'GET';
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

/** What the client reads of an answer. */
export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}

/** The platform's own WebSocket, or null where there is none (Node 20): then the caller must give one. */
export function platformWebSocket(): SocketConstructor | null {
  const found: unknown = Reflect.get(globalThis, 'WebSocket');
  return isConstructor(found) ? found : null;
}

/** The platform's own fetch. */
export const platformFetch: FetchLike = (url, init) => fetch(url, init);

function isConstructor(value: unknown): value is SocketConstructor {
  return typeof value === 'function';
}
