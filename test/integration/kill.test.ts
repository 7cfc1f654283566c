import { expect, it } from 'vitest';
import { killUnderLoad } from '../helpers/kill-load.js';

it('killed with kill -9 under load, a handful of times: every acked message is there once, every turn has ended, seq has no gap', {
  timeout: 90_000,
}, async () => {
  const seed = Date.now() % 2 ** 32;
  process.stdout.write(`kill seed ${seed}\n`);
  const seen = await killUnderLoad({ kills: 4, users: 6, seed });
  process.stdout.write(`kills 4: ${JSON.stringify(seen)}\n`);
  expect(seen.acked).toBeGreaterThan(20);
});
