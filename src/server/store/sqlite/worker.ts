// Station: store/sqlite. A thread that hosts a database, so that a checkpoint or a scan never stalls the event loop. Started by thread.
import { parentPort, workerData } from 'node:worker_threads';
import { type Call, type DatabaseSettings, openDatabase } from './database.js';
import { type Failure, failure } from './failure.js';

/** To the main thread: the database is open, or why it is not; then the replies to each batch. */
export type FromWorker = 'open' | Failure | readonly unknown[];
/** From the main thread: a batch of calls, or the request to close. */
export type ToWorker = readonly Call[] | 'close';

/** The main thread as it is spoken to. */
export interface MainPort {
  on(event: 'message', listener: (message: ToWorker) => void): unknown;
  postMessage(message: FromWorker): void;
  close(): void;
}

/** Answers the messages of the main thread on `port`. Never throws: what failed is said to it. */
export function hostDatabase(port: MainPort, settings: DatabaseSettings): void {
  try {
    const database = openDatabase(settings);
    port.on('message', (message: ToWorker) => {
      if (message === 'close') {
        database.close();
        port.close();
      } else {
        port.postMessage(database.run(message) satisfies FromWorker);
      }
    });
    port.postMessage('open' satisfies FromWorker);
  } catch (error) {
    port.postMessage(failure(error) satisfies FromWorker);
    port.close();
  }
}

if (parentPort !== null) hostDatabase(parentPort, workerData as DatabaseSettings);
