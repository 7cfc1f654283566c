// Rotations of both kinds of keys in every kind of set, ended with SIGKILL at many moments of each step: the set is whole, and the step is just taken again.
import { describe, expect, it } from 'vitest';
import { encryptionKeys } from '../../src/server/config/encryption-keys.js';
import { jwtKeys } from '../../src/server/config/jwt-keys.js';
import { runCli } from '../helpers/cli.js';
import { goodSecret } from '../helpers/config.js';
import { keyOf } from '../helpers/key-rotation.js';
import { mongoServer } from '../helpers/mongo-server.js';
import { oldKey, sealedStore } from '../helpers/sealed-store.js';
import { idsOf, killedAgainAndAgain, setKinds, setOnDisk } from '../helpers/secret-set.js';

const server = await mongoServer();
const stores = [['SQLite', null], ...(server === null ? [] : [[server.name, server.uri] as const])] as const;
// Fine where the step is nearly done and the set is written.
const parts = [0.2, 0.4, 0.6, 0.7, 0.8, ...Array.from({ length: 12 }, (_, at) => 0.86 + at * 0.012)];
const steps = ['add', 'promote', 'retire'] as const;
const longAgo = '@2020-01-01T00:00:00Z';
const k0 = `k0:${Buffer.from(goodSecret).toString('base64')}`;
const [k1, k2] = [keyOf('k1', 3), keyOf('k2', 90)];

describe.each(setKinds)('a kill at many moments, on %s', (kind) => {
  const ofTokens = {
    add: [{ JWT_SECRET: goodSecret }, /^k0,k1$/],
    promote: [{ JWT_SECRET: goodSecret, JWT_KEYS: `${k0},${k1}` }, /^k1,k0$/],
    retire: [{ JWT_SECRET: goodSecret, JWT_KEYS: `${k1},${k0}${longAgo}` }, /^k1$/],
  } as const;

  it.each(steps)('of rotate jwt, step %s', { timeout: 180_000 }, async (step) => {
    const [values, to] = ofTokens[step];
    const set = await setOnDisk(kind, values);
    const argv = ['secrets', 'rotate', 'jwt', '--step', step, '--source', set.path, '--token-lifetime', '8h'];
    const killed = await killedAgainAndAgain({ argv }, parts, {
      before: () => set.put(values),
      after: async () => {
        const list = await set.get('JWT_KEYS');
        if (list !== null) expect(jwtKeys.parse(list).ok).toBe(true);
        // Whatever was cut off, the old key still opens what it signed, or the step was through.
        const isThrough = step === 'retire' && idsOf(list).join() === 'k1';
        if (!isThrough) expect((await set.get('JWT_SECRET')) === goodSecret || list?.includes(k0)).toBe(true);
        expect((await runCli(argv)).code).toBe(0);
        expect(idsOf(await set.get('JWT_KEYS')).join()).toMatch(to);
        expect(await set.get('JWT_SECRET')).toBe(step === 'retire' ? null : goodSecret);
      },
    });
    expect(killed).toBeGreaterThan(0);
  });

  const ofData = {
    add: [oldKey, /^k1,k\d+$/],
    promote: [`${oldKey},${k2}`, /^k2,k1$/],
    retire: [`${k2},${oldKey}`, /^k2$/],
  } as const;

  describe.each(stores)('with %s', (_, uri) => {
    it.each(steps)('of rotate encryption, step %s', { timeout: 300_000 }, async (step) => {
      const [from, to] = ofData[step];
      const store = await sealedStore(uri);
      const set = await setOnDisk(kind, { ENCRYPTION_KEYS: from });
      if (step === 'retire') expect((await store.reseal(from)).code).toBe(0);
      const argv = ['secrets', 'rotate', 'encryption', '--step', step, '--source', set.path, ...store.argv];
      const killed = await killedAgainAndAgain({ argv, env: store.env }, parts, {
        before: () => set.put({ ENCRYPTION_KEYS: from }),
        after: async () => {
          const left = (await set.get('ENCRYPTION_KEYS')) ?? '';
          expect(encryptionKeys.parse(left).ok).toBe(true);
          expect((await store.rotate(step, set.path)).code).toBe(0);
          const list = (await set.get('ENCRYPTION_KEYS')) ?? '';
          expect(idsOf(list).join()).toMatch(to);
          if (left !== from) expect(list).toBe(left);
        },
      });
      expect(killed).toBeGreaterThan(0);
    });
  });
});
