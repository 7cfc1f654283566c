// Ten thousand generated sets, each made as `secrets create` makes it and loaded as the server loads it. The randomness is the system's own: there is no seed.
import { expect, it } from 'vitest';
import { asEnvFile } from '../../src/cli/secrets/formats.js';
import { gather } from '../../src/cli/secrets/gather.js';
import { wantedBy } from '../../src/cli/secrets/wanted.js';
import { systemRandom } from '../../src/common/random.js';
import { generateJwtKeys } from '../../src/server/config/jwt-keys.js';
import { loadConfig } from '../../src/server/config/load.js';
import { isPlaceholder } from '../../src/server/config/placeholder.js';
import { captureIo } from '../helpers/cli.js';

const sets = 10_000;
const bits = 256;
const names = ['JWT_SECRET', 'JWT_KEYS', 'ENCRYPTION_KEYS'] as const;

it(`makes ${sets} sets that boot, each with its full entropy`, { timeout: 580_000 }, async () => {
  const { io } = captureIo();
  const output = {
    result: async () => undefined,
    data: async () => undefined,
    talk: () => undefined,
    warn: () => undefined,
  };
  const invocation = { io, args: [], options: {}, output, global: { json: false, quiet: false, debug: false } };
  const seen = new Set<string>();
  const ones = {
    JWT_SECRET: new Array<number>(bits).fill(0),
    JWT_KEYS: new Array<number>(bits).fill(0),
    ENCRYPTION_KEYS: new Array<number>(bits).fill(0),
  };
  for (let made = 0; made < sets; made += 1) {
    const gathered = await gather(invocation, wantedBy([]));
    const set = new Map([...gathered].map(([name, { value }]) => [name, value]));
    expect([...set.keys()]).toEqual(['JWT_SECRET', 'ENCRYPTION_KEYS']);
    // As `secrets rotate jwt` makes it.
    set.set('JWT_KEYS', generateJwtKeys(systemRandom));
    const loaded = await loadConfig(
      {
        mode: 'production',
        cwd: '/',
        env: { LLM_PROVIDER_1_TYPE: 'echo', MONGO_URI: 'mongodb://u:p@db' },
        envFile: 'set',
      },
      { text: async () => ({ ok: true, text: asEnvFile(set) }), folder: async () => ({ ok: true, files: [] }) },
    );
    expect(loaded.ok).toBe(true);
    if (!loaded.ok) return;
    const { auth, encryption } = loaded.config;
    expect(auth.jwtSecret?.reveal()).toBe(set.get('JWT_SECRET'));
    expect(encryption.keys?.reveal()).toBe(set.get('ENCRYPTION_KEYS'));
    expect(auth.jwtKeys?.reveal()).toBe(set.get('JWT_KEYS'));
    for (const name of names) {
      const value = set.get(name) ?? '';
      expect(isPlaceholder(value, false)).toBe(false);
      const key = Buffer.from(value.replace(/^k1:/, ''), name === 'JWT_SECRET' ? 'base64url' : 'base64');
      expect(key).toHaveLength(bits / 8);
      seen.add(key.toString('hex'));
      for (let at = 0; at < bits; at += 1)
        ones[name][at] = (ones[name][at] ?? 0) + (((key[at >> 3] ?? 0) >> (at & 7)) & 1);
    }
  }
  expect(seen.size).toBe(3 * sets);
  // Each of the 768 bits is a coin: six standard deviations (0.5 % each) around the half.
  for (const share of Object.values(ones)
    .flat()
    .map((count) => count / sets)) {
    expect(share).toBeGreaterThan(0.47);
    expect(share).toBeLessThan(0.53);
  }
});
