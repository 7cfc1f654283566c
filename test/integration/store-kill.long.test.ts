// Station: test/integration. Fifty deaths of a process that appends to the SQLite store. Run by `npm run test:long`.
import { expect, it } from 'vitest';
import { openFresh } from '../contract/store/store-target.js';
import { killWhileAppending } from '../helpers/store-kill.js';
import { threadedTarget } from '../helpers/store-sqlite.js';

const seed = Math.floor(Math.random() * 2 ** 31);

it(`keeps every acked entry of the SQLite store through 50 kills (seed ${seed})`, async () => {
  const { data } = await openFresh(threadedTarget);
  const { acked } = await killWhileAppending(data, { kills: 50, seed });
  expect(acked).toBeGreaterThan(50);
});
