// The server under test: the real pieces of dist/, put together as server/main does, configured as an operator would, by environment names.
// What is not usual: the store of goal 1 forgets, and sessions may begin with a person holding them, so that no model is asked.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../dist/common/clock.js';
import { systemRandom, toHex } from '../../dist/common/random.js';
import { openModels, openStore } from '../../dist/server/adapters.js';
import { createApp } from '../../dist/server/app.js';
import { appSettings } from '../../dist/server/app-settings.js';
import { issueToken } from '../../dist/server/auth/issue.js';
import { createLocalBus } from '../../dist/server/bus/local-bus.js';
import { generateJwtSecret } from '../../dist/server/config/jwt-secret.js';
import { loadConfig } from '../../dist/server/config/load.js';
import { createLog } from '../../dist/server/ops/log.js';
import { createMetrics } from '../../dist/server/ops/metrics.js';
import { residentBytes, serveParent } from '../lib/child.mjs';
import { createForgetfulStore } from './forgetful-store.mjs';
import { startProfile, stopProfile } from './profile.mjs';
import { createTroubleWriter } from './quiet.mjs';

const hour = 3_600_000;
const seedsAtOnce = 200;
const dataDir = mkdtempSync(join(tmpdir(), 'chatbox-bench-'));
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));

/** Limits that would stop a load, raised; the history short, since the bare loop that relays are held against sends none at all. */
function environment(secret, upstreamPort) {
  const provider =
    upstreamPort === undefined
      ? { LLM_PROVIDER_1_TYPE: 'echo' }
      : {
          LLM_PROVIDER_1_TYPE: 'openai',
          LLM_PROVIDER_1_ENDPOINT: `http://127.0.0.1:${upstreamPort}/v1`,
          LLM_PROVIDER_1_MODEL: 'bench',
        };
  return {
    JWT_SECRET: secret,
    DATA_DIR: dataDir,
    SERVER_PORT: '0',
    RATE_LIMIT: '1000000',
    MAX_CONNECTIONS_PER_ADDRESS: '100000',
    MAX_CONNECTIONS: '100000',
    MAX_CONCURRENT_TURNS: '10000',
    HISTORY_TOKENS: '256',
    ...provider,
  };
}

const noFiles = {
  text: async () => ({ ok: false, reason: 'is not there' }),
  folder: async () => ({ ok: false, reason: 'is not there' }),
};

async function configuration(secret, upstreamPort) {
  const loaded = await loadConfig({ mode: 'dev', cwd: dataDir, env: environment(secret, upstreamPort) }, noFiles);
  if (!loaded.ok) throw new Error(`configuration: ${JSON.stringify(loaded.problems)}`);
  return loaded.config;
}

/** Sessions that a person holds from their first entry on. */
async function seedHeld(store, users) {
  const seed = async (user) => {
    const at = Date.now();
    const id = `held-${user}`;
    await store.createSession({ id, userId: `user-${user}`, ordinal: 1, startedAt: at, name: 'held', modelId: null });
    const holder = { kind: 'admin', id: 'bench-admin', name: 'Admin' };
    await store.append(id, 1, { kind: 'floor', at, holder, previous: { kind: 'ai' }, epoch: 1 });
  };
  for (let first = 0; first < users; first += seedsAtOnce) {
    await Promise.all(Array.from({ length: Math.min(seedsAtOnce, users - first) }, (_, at) => seed(first + at)));
  }
}

async function makeTokens(users, secret) {
  const times = { issuedAtMs: Date.now(), expiresAtMs: Date.now() + hour };
  const key = new TextEncoder().encode(secret);
  const token = (user) => issueToken({ userId: `user-${user}`, name: `User ${user}`, roles: ['user'], ...times }, key);
  return Promise.all(Array.from({ length: users }, (_, user) => token(user)));
}

serveParent({
  async listen({ store: kind, users, held = false, upstreamPort }) {
    const secret = generateJwtSecret(systemRandom);
    const config = await configuration(secret, upstreamPort);
    const replicaId = toHex(systemRandom.bytes(8));
    // Lines are made as in production, and dropped but for what went wrong.
    const log = createLog({
      level: config.log.level,
      destination: createTroubleWriter(),
      clock: systemClock,
      base: { replica: replicaId },
    });
    const metrics = createMetrics({ storeKind: 'sqlite', readProcess: () => process.memoryUsage() });
    const deps = { clock: systemClock, random: systemRandom, log, meter: metrics.meter };
    const store = kind === 'forgetful' ? createForgetfulStore() : (await openStore(config, deps)).store;
    if (held) await seedHeld(store, users);
    const models = await openModels(config, deps);
    const bus = createLocalBus((error) => log.error('event_failed', {}, error));
    const app = await createApp(
      { ...deps, store, bus, models, metrics },
      appSettings(config, { version: 'bench', replicaId }),
    );
    const { port } = await app.start();
    return { port, path: `${config.http.pathPrefix}/ws`, tokens: await makeTokens(users, secret) };
  },
  resident: residentBytes,
  profileStart: startProfile,
  profileStop: stopProfile,
});
