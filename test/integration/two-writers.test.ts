// Two server processes on one store, both sending into one session: one log. 100 each here; two-writers.long.test has 2,000.
import { describe, expect, it } from 'vitest';
import { mongoServer } from '../helpers/mongo-server.js';
import { serveTwice, sqliteTwice } from '../helpers/two-servers.js';

const server = await mongoServer();
const count = 100;
const deadlineMs = 120_000;

describe(`two servers append ${count} entries each to one session: seq 1 to ${2 * count}, each message once`, () => {
  it('on one SQLite store', async () => expect(await sqliteTwice(count, deadlineMs)).toBe(2 * count), deadlineMs);

  it.skipIf(server === null)(
    `as two \`chatbox serve\` on ${server?.name ?? 'MongoDB'}`,
    async () => expect(await serveTwice(server?.uri ?? '', count, deadlineMs)).toBe(2 * count),
    deadlineMs,
  );
});
