import { describe, expect, it } from 'vitest';
import { leastEnv, load, loadGood, problemsOf } from '../../helpers/config.js';

const file = (text: string) => ({ '/home/chatbox.yaml': text });
const request = { configFile: 'chatbox.yaml' };
const problems = (text: string) => problemsOf(request, file(text));

describe('the config file', () => {
  it('gives settings by their nested names, lists as lists or with commas', async () => {
    const text = `
http:
  port: 8181
  trustedProxies: [10.0.0.0/8, 192.168.1.1]
  corsOrigins: https://a.example.com, https://b.example.com
sockets:
  tokenInQuery: no
chat:
  systemPrompt: |
    Be brief.
    Be kind.
llm:
  echo: {delay: 5ms}
`;
    const { config } = await loadGood(request, file(text));
    expect(config.http).toMatchObject({
      port: 8181,
      trustedProxies: ['10.0.0.0/8', '192.168.1.1/32'],
      corsOrigins: ['https://a.example.com', 'https://b.example.com'],
    });
    expect(config.sockets.tokenInQuery).toBe(false);
    expect(config.chat.systemPrompt).toBe('Be brief.\nBe kind.\n');
    expect(config.llm.echo.delayMs).toBe(5);
  });

  it('may be JSON', async () => {
    const { config } = await loadGood(
      { configFile: 'chatbox.json' },
      { '/home/chatbox.json': '{"http": {"port": 8181, "corsOrigins": ["https://a.example.com"]}}' },
    );
    expect(config.http.port).toBe(8181);
  });

  it('may be empty, and may leave a section or a setting empty', async () => {
    await loadGood(request, file(''));
    await loadGood(request, file('# nothing yet\n'));
    const { config } = await loadGood(request, file('http:\nchat:\n  sessionTimeout:\nllm:\n  providers:\n'));
    expect(config.chat.sessionTimeoutMs).toBe(900_000);
  });

  it('lists providers, whose settings the environment completes by number', async () => {
    const text = `
llm:
  totalTimeout: 90s
  providers:
    - type: openai
      id: main
      endpoint: https://api.example.com/v1
      models: [fast=Fast one=vendor/fast, slow]
    - type: echo
`;
    const env = {
      ...leastEnv,
      LLM_PROVIDER_1_TYPE: '',
      LLM_PROVIDER_1_ENDPOINT: '',
      LLM_PROVIDER_1_MODEL: '',
      LLM_PROVIDER_1_API_KEY: 'sk-12345',
      LLM_PROVIDER_1_IDLE_TIMEOUT: '5s',
    };
    const { config } = await loadGood({ ...request, env }, file(text));
    const [main, echo] = config.llm.providers;
    expect(main).toMatchObject({
      id: 'main',
      endpoint: 'https://api.example.com/v1',
      idleTimeoutMs: 5_000,
      totalTimeoutMs: 90_000,
      models: [
        { id: 'fast', name: 'Fast one', upstreamName: 'vendor/fast' },
        { id: 'slow', name: 'slow', upstreamName: 'slow' },
      ],
    });
    expect(main?.apiKey?.reveal()).toBe('sk-12345');
    expect(echo).toMatchObject({ type: 'echo', id: 'echo-2' });
  });

  it('is told apart from the environment: a secret in it earns a notice', async () => {
    const result = await load(
      { ...request, env: { ...leastEnv, MONGO_URI: '' } },
      file('store: {mongoUri: "mongodb://db", kind: sqlite}'),
    );
    expect(result.notices.map(({ source }) => source)).toContain('chatbox.yaml:1 store.mongoUri');
  });

  it.each([
    ['an unknown section', 'htpp:\n  port: 1\n', 'chatbox.yaml:1 htpp: is not a known setting (did you mean http?)'],
    ['an unknown setting', 'http:\n  port: 1\n  adress: x\n', 'chatbox.yaml:3 http.adress: is not a known setting'],
    [
      'an unknown setting of a provider',
      'llm:\n  providers:\n    - type: echo\n      modle: x\n',
      'chatbox.yaml:4 llm.providers[0].modle: is not a known setting (did you mean llm.providers[0].model?)',
    ],
    ['a value for a section', 'http: 8080\n', 'chatbox.yaml:1 http: must be a map of settings'],
    [
      'a map for a value',
      'http:\n  port: {a: 1}\n',
      'chatbox.yaml:2 http.port: must be a whole number from 0 to 65535 (write a single plain value)',
    ],
    [
      'a list for a single value',
      'http:\n  port: [1, 2]\n',
      'chatbox.yaml:2 http.port: must be a whole number from 0 to 65535 (write a single plain value)',
    ],
    [
      'a list of lists',
      'http:\n  trustedProxies: [[a]]\n',
      'chatbox.yaml:2 http.trustedProxies: must be a comma-separated list, each a network such as 10.0.0.0/8, or an address (write a list of plain values)',
    ],
    [
      'a comma in an entry of a list',
      'http:\n  corsOrigins: ["https://a.b,https://c.d"]\n',
      'chatbox.yaml:2 http.corsOrigins: entry 1 must not hold a comma',
    ],
    [
      'an alias',
      'http:\n  host: &h 127.0.0.1\nops:\n  host: *h\n',
      'chatbox.yaml:4 ops.host: must be an IP address or host name (write a single plain value)',
    ],
    [
      'providers that are no list',
      'llm:\n  providers: {type: echo}\n',
      'chatbox.yaml:2 llm.providers: must be a list of at most 64 providers',
    ],
    [
      'a provider that is no map',
      'llm:\n  providers: [echo]\n',
      'chatbox.yaml:2 llm.providers[0]: must be a map of settings',
    ],
    [
      'a number as YAML would read it',
      'http:\n  port: 0x1F90\n',
      'chatbox.yaml:2 http.port: must be a whole number from 0 to 65535, not "0x1F90"',
    ],
    ['a list at the top', '- http\n', 'chatbox.yaml:1: must be a map of sections (http, chat, llm, …)'],
    ['the same key twice', 'http:\n  port: 1\n  port: 2\n', 'chatbox.yaml:3: says the same key twice'],
  ])('refuses %s', async (_, text, problem) => {
    expect(await problems(text)).toEqual([problem]);
  });

  it('that is no YAML is refused with a line and without a quotation', async () => {
    const found = await problems('http:\n  port: 1\n auth: {jwtSecret: Canary-77}\n');
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(/^chatbox\.yaml:\d+: is not valid YAML/);
    expect(found.join()).not.toContain('Canary');
  });

  it('that is not there is a problem', async () => {
    expect(await problemsOf(request, {})).toEqual(['chatbox.yaml: is not there']);
    expect(await problemsOf({ env: { ...leastEnv, CHATBOX_CONFIG: 'other.yaml' } })).toEqual([
      'other.yaml: is not there',
    ]);
  });
});
