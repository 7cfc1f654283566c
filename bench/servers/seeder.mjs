// Prepares a data folder and tokens in a process of its own, so that nothing of it lies in the memory of the server that is measured.
import { systemClock } from '../../dist/common/clock.js';
import { systemRandom } from '../../dist/common/random.js';
import { generateJwtSecret } from '../../dist/server/config/jwt-secret.js';
import { createLog } from '../../dist/server/ops/log.js';
import { openSqliteStore } from '../../dist/server/store/sqlite/sqlite-store.js';
import { serveParent } from '../lib/child.mjs';
import { createTroubleWriter } from './quiet.mjs';
import { makeTokens, seedHeld } from './seed.mjs';

serveParent({
  /** Gives the secret that the tokens are signed with, and the tokens of users and admins. With `dataDir`, sessions are stored there. */
  async prepare({ users, admins, dataDir }) {
    if (dataDir !== undefined) {
      const log = createLog({ level: 'info', destination: createTroubleWriter(), clock: systemClock, base: {} });
      const store = await openSqliteStore({ dataDir }, { clock: systemClock, log });
      await seedHeld(store, users);
      await store.close();
    }
    const secret = generateJwtSecret(systemRandom);
    return { secret, tokens: await makeTokens(users, secret), adminTokens: await makeTokens(admins, secret, 'admin') };
  },
});
