// Station: test/contract/store. The MongoDB store against the port's promises, on a running server.
import { describe, it } from 'vitest';
import type { Sealed } from '../../../src/server/ports/store.js';
import { mongoServer } from '../../helpers/mongo-server.js';
import { mongoTarget } from '../../helpers/store-mongodb.js';
import { adapterContract, storeContract } from './store-contract.js';

const server = await mongoServer();

if (server === null) {
  // The reason was printed when the server was looked for.
  describe.skipIf(server === null)('the MongoDB store', () => it('needs a MongoDB server', () => undefined));
} else {
  storeContract(`the MongoDB store on ${server.name}`, mongoTarget(server.uri));
  adapterContract(`the MongoDB adapter on ${server.name}`, mongoTarget(server.uri), mongoTarget<Sealed>(server.uri));
}
