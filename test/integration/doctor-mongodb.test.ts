// The doctor against a real MongoDB: what is there is good, what is missing is named.
import { MongoClient } from 'mongodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import { openStoreBeside } from '../../src/server/adapters.js';
import { runCli, temporaryFolder } from '../helpers/cli.js';
import { leastEnv, loadGood } from '../helpers/config.js';
import { mongoServer } from '../helpers/mongo-server.js';
import { eventually } from '../helpers/poll.js';
import { dropDatabase, freshDatabase } from '../helpers/store-mongodb.js';

const server = await mongoServer();

describe.skipIf(server === null)(`chatbox doctor on ${server?.name ?? 'no MongoDB'}`, () => {
  it('finds the store, its indexes, its clock and its keys; and names the indexes that are gone', async () => {
    const uri = server?.uri ?? '';
    const database = freshDatabase();
    onTestFinished(() => dropDatabase(uri, database));
    const env = { ...leastEnv, MONGO_URI: uri, MONGO_DATABASE: database };
    const cwd = await temporaryFolder();
    const examine = async (given: Readonly<Record<string, string>>) => {
      const { code, stdout } = await runCli(['doctor', '--json', '--only', 'store', 'keyring'], { env: given, cwd });
      const { findings } = JSON.parse(stdout) as { findings: { name: string; state: string; found: string }[] };
      return { code, found: new Map(findings.map((finding) => [finding.name, finding])) };
    };
    const { config } = await loadGood({ env });
    const store = await openStoreBeside(config, { clock: systemClock, random: systemRandom, warn: () => undefined });
    onTestFinished(() => store.close());
    // The store makes its indexes in the background.
    const good = await eventually(
      async () => {
        const examined = await examine(env);
        return examined.code === 0 ? examined : null;
      },
      { timeoutMs: 15_000, everyMs: 50, what: 'every index' },
    );
    for (const name of ['store connection', 'store server', 'store write', 'store indexes', 'store clock', 'keyring']) {
      expect(good.found.get(name), name).toMatchObject({ state: 'ok' });
    }
    expect(good.found.get('keyring')?.found).toBe('k1 seals, it opens what is stored');

    const client = new MongoClient(uri);
    onTestFinished(() => client.close());
    await client.db(database).collection('sessions').dropIndexes();
    const bare = await examine({
      ...env,
      ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 'another key for this').toString('base64')}`,
    });
    expect(bare.code).toBe(1);
    expect(bare.found.get('store indexes')).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('sessions.'),
    });
    expect(bare.found.get('keyring')).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('k1: another key'),
    });
  });
});
