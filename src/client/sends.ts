// Station: client. Promises of sends that wait for their ack, each with its deadline. Called by chat-client; what waits is shown in the snapshot.
import type { Clock, Timer } from '../common/clock.js';
import { type Deferred, deferred } from '../common/deferred.js';
import { ChatError } from './chat-error.js';

/** A send that is stored. */
export interface Sent {
  readonly messageId: string;
  readonly seq: number;
  readonly sessionId: string;
}

interface Waiting {
  readonly settled: Deferred<Sent>;
  readonly timer: Timer;
}

/** Sends in flight by message id. A send settles once; what comes later is ignored. */
export class Sends {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #onDeadline: (messageId: string, error: ChatError) => void;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock, deadlineMs: number, onDeadline: (messageId: string, error: ChatError) => void) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#onDeadline = onDeadline;
  }

  /** Waits for the ack of `messageId`; the same id again waits for the same ack. */
  wait(messageId: string): Promise<Sent> {
    const known = this.#waiting.get(messageId);
    if (known !== undefined) return known.settled.promise;
    const timer = this.#clock.after(this.#deadlineMs, () => {
      const error = new ChatError(
        'deadline',
        `No ack within ${this.#deadlineMs} ms; it may be stored: sending it again is safe.`,
      );
      this.reject(messageId, error);
      this.#onDeadline(messageId, error);
    });
    const settled = deferred<Sent>();
    this.#waiting.set(messageId, { settled, timer });
    return settled.promise;
  }

  resolve(sent: Sent): void {
    this.#take(sent.messageId)?.resolve(sent);
  }

  reject(messageId: string, error: ChatError): void {
    this.#take(messageId)?.reject(error);
  }

  /** Rejects all that wait. */
  rejectAll(error: ChatError): void {
    for (const messageId of [...this.#waiting.keys()]) this.reject(messageId, error);
  }

  #take(messageId: string): Deferred<Sent> | null {
    const waiting = this.#waiting.get(messageId);
    if (waiting === undefined) return null;
    this.#waiting.delete(messageId);
    waiting.timer.cancel();
    return waiting.settled;
  }
}
