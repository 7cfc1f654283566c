// Station: test/k8s. What is rendered breaks none of the rules of `k8s check`, whatever the options.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deployments, renderOf } from '../helpers/k8s-render.js';
import { report } from '../helpers/manifests.js';

const seed = Number(process.env.CHATBOX_TEST_SEED ?? Date.now() % 1_000_000);

it(`finds nothing in 200 random deployments (seed ${seed})`, { timeout: 120_000 }, async () => {
  process.stderr.write(`random-rules: CHATBOX_TEST_SEED=${seed}\n`);
  let read = 0;
  await fc.assert(
    fc.asyncProperty(deployments, async ({ options, config }) => {
      const { findings, objects } = report(await renderOf(options, config));
      read += objects;
      expect(findings).toEqual([]);
    }),
    { seed, numRuns: 200 },
  );
  expect(read).toBeGreaterThan(200 * 5);
});
