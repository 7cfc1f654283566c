// Station: test/contract/store. Promises that only two processes, or the death of one, can break. Called by store-contract.
import { describe, expect, it } from 'vitest';
import { killWhileAppending } from '../../helpers/store-kill.js';
import { raceOfTwo } from '../../helpers/store-race.js';
import { openFresh, type StoreTarget } from './store-target.js';

const kills = 4;
const seed = Math.floor(Math.random() * 2 ** 31);

export function processContract(target: StoreTarget): void {
  describe('processes', () => {
    it('two processes that append to one session 500 entries each make one log without gap or double', async () => {
      expect(await raceOfTwo(target, 500)).toBe(1_000);
    }, 60_000);

    it(`keeps every acked entry through ${kills} kills of the process that appends (seed ${seed})`, async () => {
      const { data } = await openFresh(target);
      const { acked } = await killWhileAppending(data, { kills, seed });
      expect(acked).toBeGreaterThan(kills);
    }, 90_000);
  });
}
