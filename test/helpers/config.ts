// Loads configurations from files that exist only in the test.
import type { ConfigResult } from '../../src/server/config/load.js';
import { loadConfig } from '../../src/server/config/load.js';
import type { ConfigRequest } from '../../src/server/config/read-sources.js';
import type { Config } from '../../src/server/config/schema.js';
import type { ConfigFiles } from '../../src/server/config/sources.js';

/** A key that is good enough, for tests only. */
export const goodSecret = 'q9Zx3Lm7Tb2Vw8Kd5Rf1Hs6Jp4Nc0Gy-';

/** The least that production asks for. */
export const leastEnv: Readonly<Record<string, string>> = {
  JWT_SECRET: goodSecret,
  DATA_DIR: 'data',
  ENCRYPTION_KEYS: `k1:${Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 73 + 11) % 251)).toString('base64')}`,
  LLM_PROVIDER_1_TYPE: 'openai',
  LLM_PROVIDER_1_ENDPOINT: 'https://api.example.com/v1',
  LLM_PROVIDER_1_MODEL: 'gpt',
  ALLOWED_ORIGINS: 'https://chat.example.com',
};

/** Files by absolute path. A folder is every path below it. */
function memoryFiles(files: Readonly<Record<string, string>>): ConfigFiles {
  return {
    text: async (path) => {
      const text = files[path];
      return text === undefined ? { ok: false, reason: 'is not there' } : { ok: true, text };
    },
    folder: async (path) => ({
      ok: true,
      files: Object.entries(files)
        .filter(([name]) => name.startsWith(`${path}/`))
        .map(([name, text]) => ({ name: name.slice(path.length + 1), text })),
    }),
  };
}

/** Loads in production mode from `/home`, with nothing but what is given. */
export async function load(
  request: Partial<ConfigRequest> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<ConfigResult> {
  return await loadConfig({ mode: 'production', cwd: '/home', env: leastEnv, ...request }, memoryFiles(files));
}

/** Loads what must be good. */
export async function loadGood(
  request: Partial<ConfigRequest> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly config: Config; readonly result: Extract<ConfigResult, { ok: true }> }> {
  const result = await load(request, files);
  if (!result.ok) throw new Error(`expected a good configuration: ${JSON.stringify(result.problems)}`);
  return { config: result.config, result };
}

/** Loads what must be bad; one line for each problem. */
export async function problemsOf(
  request: Partial<ConfigRequest> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const result = await load(request, files);
  return result.ok
    ? []
    : result.problems.map(({ source, message, fix }) => `${source}: ${message}${fix === null ? '' : ` (${fix})`}`);
}
