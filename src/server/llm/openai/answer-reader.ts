// Station: llm/openai. One answer, from the bytes of its response to a Completion. Made by the provider for each question.
import type { Clock, Timer } from '../../../common/clock.js';
import { deferred } from '../../../common/deferred.js';
import type { Completion } from '../../ports/llm.js';
import type { Usage } from '../../ports/store.js';
import { readChunk } from './chunk.js';
import { safeCause } from './safe-cause.js';
import { createSseReader, type SseReader } from './sse-reader.js';
import { fromErrorObject, llmError, toLlmError } from './upstream-errors.js';
import type { BodySink, UpstreamBody } from './upstream-response.js';

/** How long the usage and the end of a finished answer may take, in milliseconds; then it is complete without them and the connection is closed. */
const closingMs = 2_000;

/**
 * Reads one answer. Complete is what named a reason to finish (finding R24), whatever the socket does then; what ends without one is `cut`. Pieces are
 * given out within the socket's own callback.
 */
export class AnswerReader implements BodySink {
  readonly #body: UpstreamBody;
  readonly #onText: (piece: string) => void;
  readonly #clock: Clock;
  readonly #sse: SseReader;
  readonly #done = deferred<Completion>();
  #isSettled = false;
  #hasText = false;
  #finish: Completion['finish'] | null = null;
  #usage: Usage | null = null;
  #closing: Timer | null = null;

  constructor(body: UpstreamBody, onText: (piece: string) => void, clock: Clock) {
    this.#body = body;
    this.#onText = onText;
    this.#clock = clock;
    this.#sse = createSseReader((data) => this.#event(data));
  }

  /** Resolves once, when the answer is complete; rejects with LlmError. */
  get completion(): Promise<Completion> {
    return this.#done.promise;
  }

  /** An answer that came in one piece, by an endpoint that does not stream. */
  whole(json: string): void {
    this.#guarded(() => this.#chunk(json));
    this.end();
  }

  data(bytes: Buffer): void {
    this.#guarded(() => this.#sse.write(bytes));
  }

  end(): void {
    try {
      if (!this.#isSettled) this.#sse.end();
    } catch (error) {
      // Half an event is no event: it broke off there.
      if (this.#finish === null) this.#fail(llmError('cut', safeCause(error)));
    }
    this.#over();
    this.#closing?.cancel();
  }

  fail(cause: Error): void {
    if (this.#finish === null) this.#fail(toLlmError(cause, 'answering', this.#clock.now()));
    this.#over();
    this.#closing?.cancel();
  }

  #event(data: string): void {
    if (this.#isSettled) return;
    if (data.startsWith('[DONE]')) this.#over();
    else this.#chunk(data);
  }

  #chunk(data: string): void {
    const { text, finish, usage, error } = readChunk(data);
    if (error !== null) {
      this.#fail(fromErrorObject(error));
      return;
    }
    if (usage !== null) this.#usage = usage;
    if (text !== '') {
      this.#hasText = true;
      this.#onText(text);
    }
    if (finish === 'broken') this.#fail(llmError('cut', { name: 'BrokenFinish' }));
    else if (finish !== null) this.#finished(finish);
  }

  #finished(finish: Completion['finish']): void {
    this.#finish ??= finish;
    // Usage comes after the finish, then the end of the body; an endpoint that leaves the connection open costs no more than this.
    this.#closing ??= this.#clock.after(closingMs, () => {
      this.#over();
      this.#body.abandon();
    });
  }

  /** Nothing more will be said. */
  #over(): void {
    if (this.#isSettled) return;
    const finish = this.#finish;
    if (finish === null) this.#fail(llmError('cut', { name: 'NoFinish' }));
    else if (this.#hasText) {
      this.#isSettled = true;
      this.#done.resolve({ finish, usage: this.#usage });
    } else this.#fail(llmError(finish === 'filtered' ? 'rejected' : 'empty', { name: 'NoText' }));
  }

  #guarded(read: () => void): void {
    if (this.#isSettled) return;
    try {
      read();
    } catch (error) {
      // Not JSON, an event without end, or whoever hears the pieces: in each case there is no sense in reading on.
      this.#fail(toLlmError(error, 'answering', this.#clock.now()));
    }
  }

  #fail(error: Error): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#done.reject(error);
    this.#closing?.cancel();
    this.#body.abandon();
  }
}
