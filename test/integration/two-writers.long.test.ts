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
/**
 * Who lost a race for a place looks for its send and reads what is new: two look-ups in MongoDB, two scans of the whole collection on the test server. That
 * takes 80 s on two idle cores and far longer beside other work, where one of the two may win no place for seconds and its user has to send again.
 */
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
