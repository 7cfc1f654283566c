import { expect, it } from 'vitest';
import { killUnderLoad } from '../helpers/kill-load.js';

it('killed with kill -9 under load, 50 times: every acked message is there once, every turn has ended, seq has no gap', async () => {
  const seed = Number(process.env.CHATBOX_TEST_SEED ?? Date.now() % 2 ** 32);
  process.stdout.write(`kill seed ${seed}\n`);
  const seen = await killUnderLoad({ kills: 50, users: 10, seed });
  process.stdout.write(`kills 50: ${JSON.stringify(seen)}\n`);
  expect(seen.acked).toBeGreaterThan(500);
});
