import { describe, expect, it } from 'vitest';
import { leastEnv, loadGood, problemsOf } from '../../helpers/config.js';

const { LLM_PROVIDER_1_TYPE, LLM_PROVIDER_1_ENDPOINT, LLM_PROVIDER_1_MODEL, ...noProvider } = leastEnv;
const openai = { LLM_PROVIDER_1_TYPE, LLM_PROVIDER_1_ENDPOINT, LLM_PROVIDER_1_MODEL } as Record<string, string>;
const providersWith = async (env: Readonly<Record<string, string>>) =>
  (await loadGood({ env: { ...noProvider, ...env } })).config.llm.providers;
const problemsWith = (env: Readonly<Record<string, string>>) => problemsOf({ env: { ...noProvider, ...env } });

describe('a provider', () => {
  it('offers one model under its own id and name, as older deployments say it', async () => {
    const [provider] = await providersWith({
      ...openai,
      LLM_PROVIDER_1_ID: 'openai-gpt4',
      LLM_PROVIDER_1_NAME: 'GPT-4',
      LLM_PROVIDER_1_MODEL: 'gpt-4-0613',
      LLM_PROVIDER_1_API_KEY: 'sk-1',
    });
    expect(provider).toMatchObject({
      type: 'openai',
      id: 'openai-gpt4',
      endpoint: 'https://api.example.com/v1',
      models: [{ id: 'openai-gpt4', name: 'GPT-4', upstreamName: 'gpt-4-0613' }],
      connectTimeoutMs: 10_000,
      firstTokenTimeoutMs: 30_000,
      idleTimeoutMs: 20_000,
      totalTimeoutMs: 120_000,
    });
  });

  it('offers several models, and has its own time limits', async () => {
    const [provider] = await providersWith({
      ...openai,
      LLM_PROVIDER_1_MODEL: '',
      LLM_PROVIDER_1_MODELS: 'a, b=Bee, c=Sea=vendor/c',
      LLM_PROVIDER_1_IDLE_TIMEOUT: '1s',
      LLM_FIRST_TOKEN_TIMEOUT: '5s',
    });
    expect(provider?.models.map(({ id, name, upstreamName }) => [id, name, upstreamName])).toEqual([
      ['a', 'a', 'a'],
      ['b', 'Bee', 'b'],
      ['c', 'Sea', 'vendor/c'],
    ]);
    expect(provider).toMatchObject({ id: 'openai-1', idleTimeoutMs: 1_000, firstTokenTimeoutMs: 5_000, apiKey: null });
  });

  it('takes its endpoint as BASE_URL too', async () => {
    const [provider] = await providersWith({
      ...openai,
      LLM_PROVIDER_1_ENDPOINT: '',
      LLM_PROVIDER_1_BASE_URL: 'https://b.example.com/',
    });
    expect(provider?.endpoint).toBe('https://b.example.com');
  });

  it('needs no model when it is the echo', async () => {
    expect(await providersWith({ LLM_PROVIDER_3_TYPE: 'echo' })).toMatchObject([
      { id: 'echo-3', models: [{ id: 'echo-3', name: 'Echo' }] },
    ]);
  });

  it('keeps its place by its number, gaps or not', async () => {
    const providers = await providersWith({ LLM_PROVIDER_10_TYPE: 'echo', LLM_PROVIDER_2_TYPE: 'echo' });
    expect(providers.map(({ id }) => id)).toEqual(['echo-2', 'echo-10']);
  });

  it.each([
    [{ LLM_PROVIDER_1_TYPE: 'anthropic' }, ['env LLM_PROVIDER_1_TYPE: must be one of echo, openai, not "anthropic"']],
    [
      { LLM_PROVIDER_2_MODEL: 'x' },
      ['env LLM_PROVIDER_2_MODEL: has no type (set LLM_PROVIDER_2_TYPE to echo or openai)'],
    ],
    [
      { LLM_PROVIDER_1_TYPE: 'openai' },
      [
        'env LLM_PROVIDER_1_TYPE: is of type openai and has no endpoint (set LLM_PROVIDER_1_ENDPOINT, such as https://api.openai.com/v1)',
        'env LLM_PROVIDER_1_TYPE: has no model (set LLM_PROVIDER_1_MODEL, such as gpt-4o-mini)',
      ],
    ],
    [
      { ...openai, LLM_PROVIDER_1_MODELS: 'a,b' },
      [
        'env LLM_PROVIDER_1_TYPE: has both a model and models (keep LLM_PROVIDER_1_MODEL for one, LLM_PROVIDER_1_MODELS for several)',
      ],
    ],
    [
      { LLM_PROVIDER_1_TYPE: 'echo', LLM_PROVIDER_1_ID: 'x', LLM_PROVIDER_2_TYPE: 'echo', LLM_PROVIDER_2_ID: 'x' },
      [
        'env LLM_PROVIDER_2_TYPE: two providers have the id "x" (give each its own LLM_PROVIDER_<n>_ID)',
        'env LLM_PROVIDER_2_TYPE: two models have the id "x" (write one of them as other-id=Display name=upstream name)',
      ],
    ],
    [
      { LLM_PROVIDER_1_TYPE: 'echo', LLM_PROVIDER_1_MODELS: 'a,b,a' },
      [
        'env LLM_PROVIDER_1_TYPE: two models have the id "a" (write one of them as other-id=Display name=upstream name)',
      ],
    ],
  ])('that cannot work is refused: %j', async (env, problems) => {
    expect(await problemsWith(env as Record<string, string>)).toEqual(problems);
  });
});
