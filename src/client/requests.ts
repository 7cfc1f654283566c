// Station: client. Frames that are answered by a frame with the same message id: sent again on each new link until they are, each with its deadline. Called by desk-client.
import type { Clock, Timer } from '../common/clock.js';
import { type Deferred, deferred } from '../common/deferred.js';
import { ChatError } from './chat-error.js';
import type { ReceivedFrame } from './parse-frame.js';

/** A frame to be answered. */
export type RequestFrame = Readonly<Record<string, unknown>> & { readonly message_id: string };

interface Waiting {
  readonly frame: RequestFrame;
  readonly settled: Deferred<ReceivedFrame>;
  readonly timer: Timer;
}

/** Requests in flight by message id. Bounded: over `max` a new one is refused. */
export class Requests {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #max: number;
  readonly #send: (frame: RequestFrame) => boolean;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock, deadlineMs: number, max: number, send: (frame: RequestFrame) => boolean) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#max = max;
    this.#send = send;
  }

  /** Sends it, now or on the next link. Rejects with ChatError: the server's code, deadline, queue_full, stopped. */
  ask(frame: RequestFrame): Promise<ReceivedFrame> {
    if (this.#waiting.size >= this.#max)
      return Promise.reject(new ChatError('queue_full', `${this.#max} requests wait already.`));
    const settled = deferred<ReceivedFrame>();
    const timer = this.#clock.after(this.#deadlineMs, () => {
      this.#take(frame.message_id)?.settled.reject(new ChatError('deadline', 'The server did not answer in time.'));
    });
    this.#waiting.set(frame.message_id, { frame, settled, timer });
    this.#send(frame);
    return settled.promise;
  }

  /** Sends all that wait once more, in their order. */
  sendAgain(): void {
    for (const { frame } of this.#waiting.values()) this.#send(frame);
  }

  /** Takes the frame if it answers a request. */
  answered(frame: ReceivedFrame): boolean {
    const waiting = frame.message_id === undefined ? undefined : this.#take(frame.message_id);
    if (waiting === undefined) return false;
    const { error } = frame;
    if (error === undefined) waiting.settled.resolve(frame);
    else waiting.settled.reject(new ChatError(error.code, error.message, { retryAfterMs: error.retry_after }));
    return true;
  }

  /** Rejects all that wait. */
  rejectAll(error: ChatError): void {
    for (const messageId of [...this.#waiting.keys()]) this.#take(messageId)?.settled.reject(error);
  }

  #take(messageId: string): Waiting | undefined {
    const waiting = this.#waiting.get(messageId);
    this.#waiting.delete(messageId);
    waiting?.timer.cancel();
    return waiting;
  }
}
