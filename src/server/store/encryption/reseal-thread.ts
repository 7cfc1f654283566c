// Station: store/encryption. Sealing anew on a second thread, so that both cores of a small machine have work. Called by page-resealing.
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../../common/clock.js';
import { type Envelopes, type NewEnvelopes, newEnvelopes } from './envelopes.js';
import type { Keyring, SharedKeys } from './keyring.js';
import type { FromResealer } from './reseal-worker.js';

/** A thread as it is spoken to; tests put their own in its place. */
export interface ResealHost {
  on(event: 'message', listener: (message: FromResealer) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  postMessage(message: Envelopes): void;
  terminate(): Promise<unknown>;
}

/** What the thread is started with. */
export interface ResealThreadParts {
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Told once, when the thread is lost. */
  readonly warn: (what: string) => void;
  readonly startHost?: (keys: SharedKeys) => ResealHost;
}

/** A thread that seals anew. */
export interface ResealThread {
  /** Seals anew there, or, where the thread is not there (yet, any more) or has enough to do, here and at once. Never rejects: what a lost thread had is done here. */
  reseal(found: Envelopes): Promise<NewEnvelopes>;
  /** Ends the thread. Idempotent. */
  close(): Promise<void>;
}

interface Pending {
  readonly found: Envelopes;
  readonly timer: Timer;
  readonly resolve: (anew: NewEnvelopes) => void;
}

/** One is worked on and the others wait for it, so that it never has to wait; what is beyond that is done where it was asked for. */
const maxUnderWay = 4;
/** A page takes some ten milliseconds. */
const deadlineMs = 10_000;
/** What a page leaves behind is gone at the next collection where this much is new. */
const youngMegabytes = 32;

/** Beside this module; under vitest, where this is a .ts file, the compiled one, as for the threads of the SQLite store. */
function workerFile(moduleUrl: string): URL {
  const isSource = moduleUrl.endsWith('.ts');
  const from = isSource ? moduleUrl.replace(/\/src(?=\/server\/store\/encryption\/[^/]*$)/, '/dist') : moduleUrl;
  return new URL('./reseal-worker.js', from);
}

/** The thread itself. Keys go there in memory, and only there. */
export const startResealWorker = (keys: SharedKeys): ResealHost =>
  new Worker(workerFile(import.meta.url), {
    workerData: keys,
    resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
  });

/** Starts the thread; until it is there the work is done here. */
export function startResealThread({
  keyring,
  clock,
  warn,
  startHost = startResealWorker,
}: ResealThreadParts): ResealThread {
  const underWay: Pending[] = [];
  let state: 'starting' | 'ready' | 'lost' | 'closed' = 'starting';
  let why = 'it ended by itself';

  const host = startHost(keyring.shared);
  host.on('message', (message) => {
    if (message === 'ready') {
      state = 'ready';
      return;
    }
    const pending = underWay.shift();
    if (pending === undefined) return;
    pending.timer.cancel();
    const isWhole = message.length === pending.found.envelopes.length;
    pending.resolve(isWhole ? message : newEnvelopes(keyring, pending.found));
  });
  host.on('error', (error) => {
    why = error instanceof Error ? error.message : String(error);
  });
  host.on('exit', () => {
    if (state !== 'closed') {
      state = 'lost';
      warn(`the thread that seals anew was lost (${why}): the work goes on without it, slower`);
    }
    for (const { found, timer, resolve } of underWay.splice(0)) {
      timer.cancel();
      resolve(newEnvelopes(keyring, found));
    }
  });

  function giveUp(): void {
    state = 'lost';
    why = `no answer in ${deadlineMs / 1_000} s`;
    void host.terminate();
  }

  return {
    async reseal(found) {
      if (found.envelopes.length === 0) return [];
      if (state !== 'ready' || underWay.length >= maxUnderWay) return newEnvelopes(keyring, found);
      return new Promise((resolve) => {
        underWay.push({ found, timer: clock.after(deadlineMs, giveUp), resolve });
        host.postMessage(found);
      });
    },
    async close() {
      state = 'closed';
      await host.terminate();
    },
  };
}
