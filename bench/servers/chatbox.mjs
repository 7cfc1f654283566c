// The server under test: the real pieces of dist/, put together as server/main does, configured as an operator would, by environment names.
// What is not usual: the store of goal 1 forgets, and sessions may begin with a person holding them, so that no model is asked.
import { systemClock } from '../../dist/common/clock.js';
import { systemRandom, toHex } from '../../dist/common/random.js';
import { openModels, storeOpener } from '../../dist/server/adapters.js';
import { createApp } from '../../dist/server/app.js';
import { appSettings } from '../../dist/server/app-settings.js';
import { createLocalBus } from '../../dist/server/bus/local-bus.js';
import { generateEncryptionKeys } from '../../dist/server/config/encryption-keys.js';
import { loadConfig } from '../../dist/server/config/load.js';
import { createLog } from '../../dist/server/ops/log.js';
import { createMetrics } from '../../dist/server/ops/metrics.js';
import { residentBytes, serveParent } from '../lib/child.mjs';
import { createForgetfulStore } from './forgetful-store.mjs';
import { startProfile, stopProfile } from './profile.mjs';
import { createTroubleWriter } from './quiet.mjs';
import { seedHeld } from './seed.mjs';

/** Limits that would stop a load, raised; the history short, since the bare loop that relays are held against sends none at all. */
function environment({ secret, dataDir, upstreamPort, isSealed }) {
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
    ...(isSealed ? { ENCRYPTION_KEYS: generateEncryptionKeys(systemRandom) } : {}),
    ...provider,
  };
}

const noFiles = {
  text: async () => ({ ok: false, reason: 'is not there' }),
  folder: async () => ({ ok: false, reason: 'is not there' }),
};

async function configuration(args) {
  const loaded = await loadConfig({ mode: 'dev', cwd: args.dataDir, env: environment(args) }, noFiles);
  if (!loaded.ok) throw new Error(`configuration: ${JSON.stringify(loaded.problems)}`);
  return loaded.config;
}

serveParent({
  /** `forgetful` is the number of held sessions that the store of goal 1 begins with; without it the store is SQLite in `dataDir`. */
  async listen({ forgetful, ...args }) {
    const config = await configuration(args);
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
    const store = forgetful === undefined ? (await (await storeOpener(config))(deps)).store : createForgetfulStore();
    if (forgetful !== undefined) await seedHeld(store, forgetful);
    const models = await openModels(config, deps);
    const bus = createLocalBus((error) => log.error('event_failed', {}, error));
    const app = await createApp(
      { ...deps, store, bus, models, metrics },
      appSettings(config, { version: 'bench', replicaId }),
    );
    const { port } = await app.start();
    return { port, path: `${config.http.pathPrefix}/ws` };
  },
  resident: residentBytes,
  profileStart: startProfile,
  profileStop: stopProfile,
});
