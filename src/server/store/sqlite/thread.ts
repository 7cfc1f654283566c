// Station: store/sqlite. Calls to a database on another thread: gathers them into batches, bounds them in number, size and time. Called by sqlite-store.
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../../common/clock.js';
import { type Deferred, deferred } from '../../../common/deferred.js';
import { StoreError } from '../../ports/store.js';
import type { Log, Meter } from '../../ports/telemetry.js';
import type { Call, DatabaseSettings } from './database.js';
import { fromFailure, isFailure } from './failure.js';
import type { FromWorker, ToWorker } from './worker.js';

/** Bounds of what waits for one thread. */
export interface ThreadBounds {
  readonly maxQueued: number;
  /** Length of all waiting texts together, in UTF-16 units. */
  readonly maxQueuedChars: number;
  /** From the call to its answer. */
  readonly deadlineMs: number;
}

/** At most so many calls in one transaction: what they write is held in memory until COMMIT. */
const maxBatch = 512;

/** One call on its way; `calledAt` and `expiresAt` are of the monotonic clock. */
interface Pending {
  readonly call: Call;
  readonly chars: number;
  readonly calledAt: number;
  readonly expiresAt: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (why: StoreError) => void;
}

/**
 * Where the thread's program lies. Node can't run TypeScript in a worker on every version we support, so under vitest, where this module is a .ts file, the
 * compiled one in dist/ is taken; `npm test` builds first.
 */
export function workerFile(moduleUrl: string): URL {
  const isSource = moduleUrl.endsWith('.ts');
  return new URL(
    './worker.js',
    isSource ? moduleUrl.replace(/\/src(?=\/server\/store\/sqlite\/[^/]*$)/, '/dist') : moduleUrl,
  );
}

/** A thread as it is spoken to; tests put their own in its place. */
export interface Host {
  on(event: 'message', listener: (message: FromWorker) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  postMessage(message: ToWorker): void;
  terminate(): unknown;
}

const startWorker = (settings: DatabaseSettings): Host =>
  new Worker(workerFile(import.meta.url), { workerData: settings });

/** Length of the texts in the arguments, lists included. */
function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return Array.isArray(value) ? value.reduce<number>((sum, part) => sum + charsOf(part), 0) : 0;
}

/** A database on a thread. While it works on one batch the next gathers: that is the group commit. */
export class DatabaseThread {
  readonly #settings: DatabaseSettings;
  readonly #bounds: ThreadBounds;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #meter: Pick<Meter, 'storeOperation'> | undefined;
  readonly #startHost: (settings: DatabaseSettings) => Host;
  #host: Host | null = null;
  #isOpen = false;
  #waiting: Pending[] = [];
  #waitingChars = 0;
  #underWay: Pending[] | null = null;
  #flush: NodeJS.Immediate | null = null;
  #expiry: Timer | null = null;
  #opened: Deferred<void> = deferred();
  #closing: Promise<void> | null = null;
  #idle: Deferred<void> | null = null;

  constructor(
    settings: DatabaseSettings,
    bounds: ThreadBounds,
    tools: { readonly clock: Clock; readonly log: Log; readonly meter?: Meter },
    startHost: (settings: DatabaseSettings) => Host = startWorker,
  ) {
    this.#settings = settings;
    this.#bounds = bounds;
    this.#clock = tools.clock;
    this.#log = tools.log;
    this.#meter = tools.meter;
    this.#startHost = startHost;
  }

  /** Starts the thread; resolves when the database is open. A thread that was not started, or died, starts with the next call. @throws StoreError */
  open(): Promise<void> {
    if (this.#host === null) this.#start();
    return this.#opened.promise;
  }

  /** Runs one operation. @throws StoreError */
  call(...call: Call): Promise<unknown> {
    if (this.#closing !== null) return Promise.reject(new StoreError('closed', 'The store is closed.'));
    const chars = charsOf(call);
    if (this.#waiting.length >= this.#bounds.maxQueued || this.#waitingChars + chars > this.#bounds.maxQueuedChars) {
      return Promise.reject(new StoreError('busy', 'Too much waits for the store. Try again in a second.'));
    }
    const calledAt = this.#clock.monotonic();
    this.#waitingChars += chars;
    this.#expiry ??= this.#clock.after(this.#bounds.deadlineMs, () => this.#expire());
    this.#schedule();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, chars, calledAt, expiresAt: calledAt + this.#bounds.deadlineMs, resolve, reject });
    });
  }

  /** Runs what was called, then ends the thread; at most the deadline long. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const timer = this.#clock.after(this.#bounds.deadlineMs, () => void this.#host?.terminate());
    if (this.#waiting.length > 0 || this.#underWay !== null) {
      this.#idle = deferred();
      await this.#idle.promise;
    }
    this.#expiry?.cancel();
    if (this.#host !== null) {
      const ended = deferred<void>();
      this.#host.on('exit', () => ended.resolve());
      this.#host.postMessage('close' satisfies ToWorker);
      await ended.promise;
    }
    timer.cancel();
  }

  #start(): void {
    this.#opened = deferred();
    // Whoever calls learns of a failure by its own call; this promise has a reader only at the first start.
    this.#opened.promise.catch(() => undefined);
    const host = this.#startHost(this.#settings);
    this.#host = host;
    host.on('message', (message: FromWorker) => this.#hear(message));
    host.on('error', (error: unknown) => this.#log.error('store thread failed', { lane: this.#settings.lane }, error));
    host.on('exit', () => this.#ended());
  }

  #hear(message: FromWorker): void {
    if (message === 'open') {
      this.#isOpen = true;
      this.#opened.resolve();
      this.#schedule();
    } else if (isFailure(message)) {
      this.#refuse(fromFailure(message));
    } else {
      this.#settle(message);
    }
  }

  #settle(replies: readonly unknown[]): void {
    const batch = this.#underWay ?? [];
    this.#underWay = null;
    // Sent before the answers are handed out, so that the thread works while the callers do.
    this.#send();
    const now = this.#clock.monotonic();
    batch.forEach((pending, at) => {
      const reply = replies[at];
      this.#meter?.storeOperation(pending.call[0], (now - pending.calledAt) / 1_000);
      if (isFailure(reply)) pending.reject(fromFailure(reply));
      else pending.resolve(reply);
    });
    this.#rest();
  }

  /** All calls of one round of the event loop go in one message. */
  #schedule(): void {
    if (this.#host === null) this.#start();
    if (this.#flush !== null || this.#underWay !== null || !this.#isOpen) return;
    this.#flush = setImmediate(() => {
      this.#flush = null;
      this.#send();
    });
  }

  #send(): void {
    if (this.#underWay !== null || !this.#isOpen || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, maxBatch);
    for (const { chars } of batch) this.#waitingChars -= chars;
    this.#underWay = batch;
    this.#host?.postMessage(batch.map(({ call }) => call) satisfies ToWorker);
  }

  /** The thread ended: asked to, or because it could not open the database, or by a fault. What it was working on may be done or not. */
  #ended(): void {
    this.#host = null;
    this.#isOpen = false;
    const gone = new StoreError('unavailable', 'The thread of the store ended. It is started again.');
    this.#opened.reject(gone);
    const batch = this.#underWay ?? [];
    this.#underWay = null;
    for (const { reject } of batch) reject(this.#lost(gone));
    if (this.#waiting.length > 0) this.#start();
    this.#rest();
  }

  /** The database can't be opened: so says every call that waits. */
  #refuse(why: StoreError): void {
    this.#opened.reject(why);
    const refused = this.#waiting;
    this.#waiting = [];
    this.#waitingChars = 0;
    for (const { reject } of refused) reject(why);
    this.#rest();
  }

  #lost(cause?: StoreError): StoreError {
    if (this.#settings.lane !== 'write')
      return new StoreError('unavailable', 'The store did not answer in time.', cause);
    return new StoreError(
      'unknown_outcome',
      'The store took a write and did not answer: it may be done. Read it back.',
      cause,
    );
  }

  /** Rejects what is past its deadline. A call that was not sent yet never happened; one that was sent is answered by nobody any more. */
  #expire(): void {
    const now = this.#clock.monotonic();
    for (const { expiresAt, reject } of this.#underWay ?? []) if (expiresAt <= now) reject(this.#lost());
    const kept = this.#waiting.findIndex(({ expiresAt }) => expiresAt > now);
    for (const { reject, chars } of this.#waiting.splice(0, kept === -1 ? this.#waiting.length : kept)) {
      this.#waitingChars -= chars;
      reject(new StoreError('unavailable', 'The store was too slow: nothing was written. Try again.'));
    }
    const next = (this.#underWay?.find(({ expiresAt }) => expiresAt > now) ?? this.#waiting[0])?.expiresAt;
    this.#expiry = next === undefined ? null : this.#clock.after(next - now, () => this.#expire());
    this.#rest();
  }

  /** Lets a close go on once nothing waits; a batch whose callers all gave up no longer counts. */
  #rest(): void {
    const now = this.#clock.monotonic();
    const isAnswered = this.#underWay === null || this.#underWay.every(({ expiresAt }) => expiresAt <= now);
    if (this.#waiting.length === 0 && isAnswered) this.#idle?.resolve();
  }
}
