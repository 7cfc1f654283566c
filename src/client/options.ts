// Station: client. What a ChatClient is made with, and the platform's defaults for what is left out. Called by chat-client.
import { type Clock, systemClock } from '../common/clock.js';
import { type Random, systemRandom } from '../common/random.js';
import { ChatError } from './chat-error.js';
import { type FetchLike, platformFetch, platformWebSocket, type SocketConstructor } from './platform.js';
import type { RequestContext } from './request.js';
import { type ClientSettings, defaultSettings } from './settings.js';

/** Gives a token, a fresh one where it can. Asked before each connection, after a token was refused, and before one expires. */
export type TokenProvider = () => string | Promise<string>;

/** How to make a client. */
export interface ChatClientOptions {
  /** URL of the server with its path prefix: `https://chat.example/chatbox`. */
  readonly server: string;
  /** A token, or a function that gives one; with a plain string an expired token is the end. */
  readonly token: string | TokenProvider;
  /** The session to be in; default: the user's active one, or a new one. */
  readonly sessionId?: string;
  /** Starts another session. */
  readonly startNew?: boolean;
  /** With `sessionId`: what comes after this entry is replayed. */
  readonly lastSeq?: number;
  /** Default: the platform's. Node 20 has none: give the class of the `ws` package. */
  readonly WebSocket?: SocketConstructor;
  readonly fetch?: FetchLike;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly settings?: Partial<ClientSettings>;
}

/** Options with every default in its place. */
export interface Equipment {
  readonly server: string;
  readonly token: TokenProvider;
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ClientSettings;
  readonly http: RequestContext;
}

/** Fills the defaults in. Throws ChatError `stopped` when the platform has no WebSocket and none was given, or the server is no URL. */
export function equip(options: ChatClientOptions): Equipment {
  const WebSocket = options.WebSocket ?? platformWebSocket();
  if (WebSocket === null)
    throw new ChatError('stopped', 'This platform has no WebSocket: give one in options.WebSocket.');
  if (!URL.canParse(options.server)) throw new ChatError('stopped', 'options.server is not a URL.');
  const { token, clock = systemClock, fetch = platformFetch } = options;
  const settings = { ...defaultSettings, ...options.settings };
  return {
    server: options.server,
    token: typeof token === 'string' ? () => token : token,
    WebSocket,
    clock,
    random: options.random ?? systemRandom,
    settings,
    http: { server: options.server, fetch, clock, requestTimeoutMs: settings.requestTimeoutMs },
  };
}
