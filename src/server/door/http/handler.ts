// Station: door/http. What a route's handler gets and gives; its types follow the route's contract. Called by routes/*.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { httpRoutes, RouteName } from '../../../protocol/http.js';
import type { AnswerOf, BodyOf, ParamsOf, QueryOf, RouteContract } from '../../../protocol/http-route.js';
import type { User } from '../../ports/participant.js';

/** A request that passed the door: its caller may ask this, and every part of it fits. */
export interface Call<R extends RouteContract> {
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  /** Null on routes that need no token. */
  readonly user: R['who'] extends 'user' | 'admin' ? User : null;
  readonly request: IncomingMessage;
}

/** An answer that is more, or other, than the JSON of its route with the status of success. */
export class Answer {
  readonly body: object | string | Readable;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    body: object | string | Readable,
    how: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> },
  ) {
    this.body = body;
    this.status = how.status;
    this.headers = how.headers ?? {};
  }
}

/** Answers one route. What it throws becomes one error body. */
export type Handler<R extends RouteContract> = (call: Call<R>) => AnswerOf<R> | Answer | Promise<AnswerOf<R> | Answer>;

/** Handlers of some routes, by name. */
export type Handlers<N extends RouteName = RouteName> = { readonly [K in N]: Handler<(typeof httpRoutes)[K]> };
