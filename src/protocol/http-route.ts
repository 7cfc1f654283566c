// Station: protocol. What a route is: data, from which the door registers it, openapi.json describes it and the docs list it.
import type { z } from 'zod';

/**
 * Who may call a route, and which limit counts it. anyone: without a token, per address; probe: the same, but not limited from allowed networks;
 * network: from allowed networks only; socket: as a WebSocket upgrade is let in; user: with a token; admin: with an admin's token.
 */
export type Audience = 'anyone' | 'probe' | 'network' | 'socket' | 'user' | 'admin';

/** One route, without what it does. Paths are below the prefix; a parameter is written `:id`. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly who: Audience;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType<object>;
  /** The JSON body that is read. Without one, whatever is sent is not looked at. */
  readonly body?: z.ZodType;
  /** Status of success. */
  readonly status: 101 | 200 | 201;
  /** Of a JSON answer. */
  readonly answer?: z.ZodType;
  /** Content types of an answer that is no JSON object of a schema. */
  readonly media?: readonly string[];
  /** Statuses of refusals that are not common to all routes of that audience. */
  readonly refusals: readonly (400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 503)[];
}

type OutputOf<S, Otherwise> = S extends z.ZodType ? z.output<S> : Otherwise;

/** Validated parameters of a route's path. */
export type ParamsOf<R extends RouteContract> = OutputOf<R['params'], undefined>;
/** Validated query of a route. */
export type QueryOf<R extends RouteContract> = OutputOf<R['query'], undefined>;
/** Validated body of a route. */
export type BodyOf<R extends RouteContract> = OutputOf<R['body'], undefined>;
/** JSON answer of a route; never for one that answers in other media. */
export type AnswerOf<R extends RouteContract> = OutputOf<R['answer'], never>;
