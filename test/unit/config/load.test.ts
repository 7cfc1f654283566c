import { describe, expect, it } from 'vitest';
import { goodSecret, leastEnv, load, loadGood, problemsOf } from '../../helpers/config.js';

const yaml = (text: string) => ({ '/home/chatbox.yaml': text });
const withFile = { configFile: 'chatbox.yaml' };

describe('the configuration', () => {
  it('takes its defaults where nobody gives anything', async () => {
    const { config } = await loadGood();
    expect(config.mode).toBe('production');
    expect(config.http).toMatchObject({ host: '0.0.0.0', port: 8080, pathPrefix: '/chatbox' });
    expect(config.ops.port).toBe(9090);
    expect(config.limits.userMessagesPerMinute).toBe(100);
    expect(config.chat.sessionTimeoutMs).toBe(900_000);
    expect(config.sockets).toMatchObject({ maxPerUser: 10, pingIntervalMs: 25_000, outboxBytes: 1_048_576 });
    expect(config.store).toMatchObject({ kind: 'sqlite', dataDir: '/home/data', mongoDatabase: 'chat' });
  });

  it('needs nothing at all with --dev', async () => {
    const { config } = await loadGood({ mode: 'dev', env: {} });
    expect(config.http.host).toBe('127.0.0.1');
    expect(config.ops.port).toBeNull();
    expect(config.auth.jwtSecret).toBeNull();
    expect(config.store.dataDir).toBe('/home/.chatbox');
    expect(config.llm.providers).toMatchObject([{ type: 'echo', id: 'echo', models: [{ id: 'echo', name: 'Echo' }] }]);
    expect(config.llm.echo.scripted).toBe(true);
  });

  it('guesses nothing in production: each thing that is missing is named with its fix', async () => {
    const problems = await problemsOf({ env: {} });
    expect(problems).toHaveLength(4);
    expect(problems.join('\n')).toMatch(/ENCRYPTION_KEYS: is not given: .*ENCRYPTION=off/);
    expect(problems.join('\n')).toMatch(/LLM_PROVIDER_1_TYPE: no model provider is given .*chatbox serve --dev/);
    expect(problems.join('\n')).toMatch(
      /JWT_SECRET: nothing verifies tokens.*at least 32 random bytes.*chatbox serve --dev/,
    );
    expect(problems.join('\n')).toMatch(/DATA_DIR: there is no place to store anything.*chatbox serve --dev/);
  });

  it('prefers flags to environment to env file to secrets folder to config file to default', async () => {
    const files = {
      '/home/chatbox.yaml': 'limits: {userMessagesPerMinute: 5}',
      '/home/secrets/RATE_LIMIT': '4\n',
      '/home/.env': 'RATE_LIMIT=3',
    };
    const steps = [
      [{}, 100, 'default'],
      [withFile, 5, 'chatbox.yaml:1 limits.userMessagesPerMinute'],
      [{ secretsDir: 'secrets' }, 4, 'secrets/RATE_LIMIT'],
      [{ envFile: '.env' }, 3, '.env:1 RATE_LIMIT'],
      [{ env: { ...leastEnv, RATE_LIMIT: '2' } }, 2, 'env RATE_LIMIT'],
    ] as const;
    let request = {};
    for (const [more, value, origin] of steps) {
      request = { ...request, ...more };
      const { config, result } = await loadGood(request, files);
      expect(config.limits.userMessagesPerMinute).toBe(value);
      expect(result.settings.get('limits.userMessagesPerMinute')?.origin).toBe(origin);
    }
    const { config, result } = await loadGood(
      { ...request, env: { ...leastEnv, SERVER_PORT: '1' }, flags: { port: '2' } },
      files,
    );
    expect(config.http.port).toBe(2);
    expect(result.settings.get('http.port')?.origin).toBe('--port');
  });

  it('reports every problem at once, each with its source', async () => {
    const problems = await problemsOf(
      {
        ...withFile,
        env: { ...leastEnv, RATE_LIMIT: 'many', CHATBOX_PTH_PREFIX: '/x', JWT_SECRET: 'short' },
        flags: { port: '99999' },
        envFile: '.env',
      },
      {
        ...yaml('http:\n  hots: 127.0.0.1\nchat:\n  sessionTimeout: soon\n'),
        '/home/.env': '# limits\nPING_INTERVAL=fast\nnonsense\n',
      },
    );
    expect([...problems].sort()).toEqual([
      '--port: must be a whole number from 0 to 65535, not "99999"',
      '.env:2 PING_INTERVAL: must be a duration such as 500ms, 30s, 15m or 1h, not "fast"',
      '.env:3: is not a line of the form NAME=value (begin comments with #)',
      'chatbox.yaml:2 http.hots: is not a known setting (did you mean http.host?)',
      'chatbox.yaml:4 chat.sessionTimeout: must be a duration such as 500ms, 30s, 15m or 1h, not "soon"',
      'env CHATBOX_PTH_PREFIX: is not a known setting (did you mean CHATBOX_PATH_PREFIX?)',
      'env JWT_SECRET: must have at least 32 bytes, has 5 (use at least 32 random bytes, as text)',
      'env RATE_LIMIT: must be a whole number from 1 to 1000000, not "many"',
    ]);
  });

  it('never repeats a refused secret or a URL, which may hold one', async () => {
    const canary = 'Canary-5f8d0b';
    const problems = await problemsOf({
      env: {
        ...leastEnv,
        JWT_SECRET: canary,
        MONGO_URI: ` mongodb://me:${canary}@db/`,
        JWKS_URL: `https://me:${canary}@keys.example.com`,
        LLM_PROVIDER_2_TYPE: 'openai',
        LLM_PROVIDER_2_ENDPOINT: `ftp://${canary}`,
        LLM_PROVIDER_2_API_KEY: `${canary}\n`,
      },
    });
    expect(problems.length).toBeGreaterThanOrEqual(5);
    expect(problems.join('\n')).not.toContain(canary);
  });

  it('keeps its secrets out of whatever prints it', async () => {
    const { config } = await loadGood();
    expect(JSON.stringify(config)).not.toContain(goodSecret);
    expect(config.auth.jwtSecret?.reveal()).toBe(goodSecret);
  });
});

describe('names', () => {
  it.each([
    ['CHATBOX_PORT', 'tcp://10.0.0.1:80'],
    ['CHATBOX_SERVICE_HOST', '10.0.0.1'],
    ['CHATBOX_SERVICE_PORT', '80'],
    ['CHATBOX_SERVICE_PORT_HTTP', '80'],
    ['CHATBOX_PORT_80_TCP', 'tcp://10.0.0.1:80'],
    ['CHATBOX_PORT_80_TCP_ADDR', '10.0.0.1'],
    ['CHATBOX_WEBSOCKET_SERVICE_HOST', '10.0.0.1'],
    ['CHATBOX_WEBSOCKET_PORT', 'tcp://10.0.0.1:80'],
    ['SERVER_PORT', 'tcp://10.0.0.1:80'],
    ['CHATBOX_TEST_REQUIRE', 'mongodb'],
    ['CHATBOX_SERVER', 'http://127.0.0.1'],
    ['CHATBOX_TOKEN_FILE', 'x'],
    ['NODE_ENV', 'production'],
    ['PATH', '/bin'],
  ])('of others are left alone: %s=%s', async (name, value) => {
    const { config, result } = await loadGood({ env: { ...leastEnv, [name]: value } });
    expect(config.http.port).toBe(8080);
    expect(result.notices).toEqual([]);
  });

  it.each([
    ['CHATBOX_PREFIX', null],
    ['CHATBOX_SERVR', 'did you mean CHATBOX_SERVER?'],
    ['LLM_PROVIDER_1_APIKEY', 'did you mean LLM_PROVIDER_1_API_KEY?'],
    ['LLM_PROVIDER_0_TYPE', 'providers are numbered from 1 to 64'],
    ['LLM_PROVIDER_65_TYPE', 'providers are numbered from 1 to 64'],
    ['LLM_PROVIDER_1_COLOUR', null],
  ])('that are ours by their prefix and unknown are errors: %s', async (name, fix) => {
    const result = await load({ env: { ...leastEnv, [name]: 'x' } });
    expect(result.ok ? [] : result.problems).toEqual([
      { source: `env ${name}`, message: 'is not a known setting', fix },
    ]);
  });

  it('one letter off a known one are worth a notice', async () => {
    const { result } = await loadGood({ env: { ...leastEnv, SESSION_TIMEOT: '1h' } });
    expect(result.notices).toEqual([
      { source: 'env SESSION_TIMEOT', message: 'is not read; did you mean SESSION_TIMEOUT?' },
    ]);
  });

  it.each(['SMTP_HOST', 'S3_BUCKET', 'MONGO_RETRY_DELAY', 'ADMIN_RATE_WINDOW', 'LOG_DIR'])(
    'of older deployments are never ignored in silence: %s',
    async (name) => {
      const { result } = await loadGood({ env: { ...leastEnv, [name]: 'x' } });
      expect(result.notices).toHaveLength(1);
      expect(result.notices[0]?.source).toBe(`env ${name}`);
      expect(result.notices[0]?.message).toMatch(/no effect/);
    },
  );

  it('that an older deployment used for a setting still work, and two that disagree are a problem', async () => {
    const { config } = await loadGood({ env: { ...leastEnv, SESSION_TTL: '20m', LLM_STREAM_TIMEOUT: '60s' } });
    expect(config.chat.sessionTimeoutMs).toBe(1_200_000);
    expect(config.llm.totalTimeoutMs).toBe(60_000);
    await loadGood({ env: { ...leastEnv, SESSION_TTL: '20m', SESSION_TIMEOUT: '20m' } });
    expect(await problemsOf({ env: { ...leastEnv, SESSION_TTL: '20m', SESSION_TIMEOUT: '30m' } })).toEqual([
      'env SESSION_TTL: says something else than SESSION_TIMEOUT, which is the same setting (keep only SESSION_TIMEOUT)',
    ]);
  });

  it('with an empty value count as not given, but for the prefix and the prompt', async () => {
    const { config } = await loadGood({
      env: { ...leastEnv, SERVER_PORT: '', CHATBOX_PATH_PREFIX: '', SYSTEM_PROMPT: '' },
    });
    expect(config.http.port).toBe(8080);
    expect(config.http.pathPrefix).toBe('');
    expect(config.chat.systemPrompt).toBe('');
  });

  it('of flags are checked like the others', async () => {
    expect(await problemsOf({ flags: { prot: '1' } })).toEqual(['--prot: is not a known flag (did you mean --port?)']);
  });
});

describe('placeholders', () => {
  it.each([
    'PLACEHOLDER_JWT_SECRET_PLACEHOLDER',
    'CHANGE_ME_CHANGE_ME_CHANGE_ME_1234567',
    'change-me-please-8f7a6b5c4d3e2f1a0b9c8d',
    'REPLACE_WITH_A_RANDOM_SECRET_1a2b3c4d',
    'your-jwt-secret-1a2b3c4d5e6f7a8b9c0d1e',
    'sk-your-openai-api-key-9f8e7d6c5b4a3f2e1d',
    '<jwt-secret>',
  ])('L4: %s stops the start', async (value) => {
    const problems = await problemsOf({ env: { ...leastEnv, JWT_SECRET: value } });
    expect(problems).toContain(
      'env JWT_SECRET: holds a placeholder (put the real value of JWT_SECRET there, or remove it)',
    );
    expect(problems.join()).not.toContain(value);
  });

  it('L4: also where a stronger source hides them', async () => {
    const problems = await problemsOf(
      { ...withFile },
      yaml('auth:\n  jwtIssuer: REPLACE_WITH_ISSUER\n  jwtSecret: PLACEHOLDER\n'),
    );
    expect([...problems].sort()).toEqual([
      'chatbox.yaml:2 auth.jwtIssuer: holds a placeholder (put the real value of JWT_ISSUER there, or remove it)',
      'chatbox.yaml:3 auth.jwtSecret: holds a placeholder (put the real value of JWT_SECRET there, or remove it)',
    ]);
  });

  it('in prose are only the shouted ones: a prompt may speak of your-self', async () => {
    await loadGood({ env: { ...leastEnv, SYSTEM_PROMPT: 'Never print a placeholder; do-your-best.' } });
    expect(await problemsOf({ env: { ...leastEnv, SYSTEM_PROMPT: 'You are CHANGE_ME.' } })).toHaveLength(1);
  });
});
