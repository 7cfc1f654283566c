// A key rotated under load while the rotating command is killed 20 times: everything stays readable, and the old key is retired. On both stores.
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RotationFindings, rotateUnderLoad } from '../helpers/key-rotation.js';
import { mongoServer } from '../helpers/mongo-server.js';
import { randomOf } from '../helpers/store-kill.js';
import { dropDatabase, freshDatabase } from '../helpers/store-mongodb.js';
import { temporaryFolder } from '../helpers/store-sqlite.js';

const server = await mongoServer();
const deadlineMs = 600_000;

function mustHold({ acked, entries, steps, killed }: RotationFindings, kills: number): void {
  expect(killed).toBe(kills);
  expect(steps).toEqual(['spread', 'spread', 'promote', 'remove']);
  expect(entries.filter(({ unreadable }) => unreadable !== undefined)).toEqual([]);
  const said = entries.filter(({ sender }) => sender === 'user').map(({ content }) => content);
  expect(said).toEqual(acked);
}

const seed = Number(process.env.CHATBOX_TEST_SEED ?? Date.now() % 2_147_483_647);

describe(`a key rotated under load, its command killed (seed ${seed})`, () => {
  it(
    'leaves nothing unreadable, and the old key retired, on SQLite',
    async () => {
      const random = randomOf(seed);
      const found = await rotateUnderLoad({
        dataDir: await temporaryFolder(),
        env: {},
        kills: 20,
        messages: 1_000,
        random,
      });
      mustHold(found, 20);
    },
    deadlineMs,
  );

  it.skipIf(server === null)(
    `leaves nothing unreadable, and the old key retired, on ${server?.name ?? 'MongoDB'}`,
    async () => {
      const database = freshDatabase();
      const uri = server?.uri ?? '';
      onTestFinished(() => dropDatabase(uri, database));
      const env = { MONGO_URI: uri, MONGO_DATABASE: database };
      const random = randomOf(seed);
      const found = await rotateUnderLoad({ dataDir: await temporaryFolder(), env, kills: 20, messages: 300, random });
      mustHold(found, 20);
    },
    deadlineMs,
  );
});
