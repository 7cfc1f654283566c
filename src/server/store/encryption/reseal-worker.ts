// Station: store/encryption. Seals values anew on a thread of its own: envelopes in, new ones out. Started by reseal-thread.
import { parentPort, workerData } from 'node:worker_threads';
import { systemRandom } from '../../../common/random.js';
import { type Envelopes, type NewEnvelopes, newEnvelopes } from './envelopes.js';
import { keyringOf, type SharedKeys } from './keyring.js';

/** What the thread says: that it is there, and then an answer to each message, in their order. */
export type FromResealer = 'ready' | NewEnvelopes;

if (parentPort !== null) {
  const port = parentPort;
  const keyring = keyringOf(workerData as SharedKeys, systemRandom);
  port.on('message', (found: Envelopes) => port.postMessage(newEnvelopes(keyring, found) satisfies FromResealer));
  port.postMessage('ready' satisfies FromResealer);
}
