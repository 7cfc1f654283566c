// Two processes append to one session, 2,000 entries each: on both stores at the port, and through two servers that share a store. Run by `npm run test:long`.
import { describe, expect, it } from 'vitest';
import { mongoServer } from '../helpers/mongo-server.js';
import { mongoTarget } from '../helpers/store-mongodb.js';
import { raceOfTwo } from '../helpers/store-race.js';
import { threadedTarget } from '../helpers/store-sqlite.js';
import { serveTwice, sqliteTwice } from '../helpers/two-servers.js';

const server = await mongoServer();
const count = 2_000;
const name = server?.name ?? 'MongoDB';
const deadlineMs = 600_000;
/** The test server reads a whole collection where MongoDB looks up a range of ids: the later of 4,000 entries cost it half a second for each race that is lost. */
const serveDeadlineMs = 1_150_000;

describe(`two processes append ${count} entries each to one session: seq 1 to ${2 * count}, each message once`, () => {
  it('on one SQLite store', async () => expect(await raceOfTwo(threadedTarget, count)).toBe(2 * count), deadlineMs);

  it.skipIf(server === null)(
    `on ${name}`,
    async () => expect(await raceOfTwo(mongoTarget(server?.uri ?? ''), count)).toBe(2 * count),
    deadlineMs,
  );

  it(
    'through two servers on one SQLite store',
    async () => expect(await sqliteTwice(count, deadlineMs)).toBe(2 * count),
    deadlineMs,
  );

  it.skipIf(server === null)(
    `through two \`chatbox serve\` on ${name}`,
    async () => expect(await serveTwice(server?.uri ?? '', count, serveDeadlineMs)).toBe(2 * count),
    serveDeadlineMs,
  );
});
