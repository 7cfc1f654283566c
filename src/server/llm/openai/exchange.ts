// Station: llm/openai. One HTTP request and its response, as undici hands them over. Made by upstream-fetch for each question.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { deferred } from '../../../common/deferred.js';
import { type BodySink, type UpstreamBody, UpstreamResponse } from './upstream-response.js';

/** Why an exchange ended before its response did: we wanted it to. */
export class AbandonedError extends Error {
  override readonly name = 'AbortError';

  constructor() {
    super('The request was abandoned.');
  }
}

/**
 * A request on its way, and its response. Bytes go to the reader within undici's own callback: no stream, no promise and no copy lies between. What comes
 * before somebody reads is kept, which is a matter of microtasks.
 */
export class Exchange implements Dispatcher.DispatchHandler, UpstreamBody {
  readonly #response = deferred<UpstreamResponse>();
  readonly #onOver: () => void;
  #controller: Dispatcher.DispatchController | null = null;
  #sink: BodySink | null = null;
  #early: Buffer[] = [];
  /** `true`: ended well. */
  #outcome: true | Error | null = null;
  #isAbandoned = false;

  /** @param onOver called once, when undici has done with the request */
  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  /** Resolves with the headers; rejects with what undici says, or with AbandonedError. */
  get response(): Promise<UpstreamResponse> {
    return this.#response.promise;
  }

  abandon(): void {
    if (this.#outcome !== null || this.#isAbandoned) return;
    this.#isAbandoned = true;
    const reason = new AbandonedError();
    // A request that still waits for a connection has no controller yet; undici drops it when its turn comes, before a byte is sent.
    if (this.#controller === null) this.#response.reject(reason);
    else this.#controller.abort(reason);
  }

  read(sink: BodySink): void {
    this.#sink = sink;
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) sink.data(bytes);
    if (this.#outcome !== null) this.#finish(sink, this.#outcome);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isAbandoned) controller.abort(new AbandonedError());
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // 1xx: the response itself is still to come.
    if (status >= 200) this.#response.resolve(new UpstreamResponse(status, headers, this));
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#isAbandoned) return;
    if (this.#sink === null) this.#early.push(bytes);
    else this.#sink.data(bytes);
  }

  onResponseEnd(): void {
    this.#over(true);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#response.reject(error);
    this.#over(error);
  }

  #over(outcome: true | Error): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    this.#onOver();
    if (this.#sink !== null) this.#finish(this.#sink, outcome);
  }

  #finish(sink: BodySink, outcome: true | Error): void {
    if (outcome === true) sink.end();
    else sink.fail(outcome);
  }
}
