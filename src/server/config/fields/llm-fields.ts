// Station: config/fields. Language models: how long to wait, and the settings of one provider. Read by schema and providers.
import { optional, setting, settingByMode } from '../field.js';
import { modelSpec } from '../model-spec.js';
import { httpUrl } from '../network-parsers.js';
import { duration, flag, listOf, oneOf, secretText, text } from '../parsers.js';

const upTo = duration(1, 3_600_000);

/** Settings of all providers. */
export const llmFields = {
  connectTimeoutMs: setting(upTo, 10_000, {
    env: ['LLM_CONNECT_TIMEOUT'],
    doc: 'How long a provider may take to accept a request and send headers.',
  }),
  firstTokenTimeoutMs: setting(upTo, 30_000, {
    env: ['LLM_FIRST_TOKEN_TIMEOUT'],
    doc: 'How long a provider may take to the first word of an answer.',
  }),
  idleTimeoutMs: setting(upTo, 20_000, {
    env: ['LLM_IDLE_TIMEOUT'],
    doc: 'How long a provider may pause within an answer.',
  }),
  totalTimeoutMs: setting(upTo, 120_000, {
    env: ['LLM_TOTAL_TIMEOUT', 'LLM_STREAM_TIMEOUT'],
    doc: 'How long a whole answer may take.',
  }),
  echo: {
    firstDelayMs: settingByMode(
      duration(0, 600_000),
      { dev: 150, production: 0 },
      { env: ['ECHO_FIRST_DELAY'], doc: 'Echo provider: time to the first piece of an answer.' },
    ),
    delayMs: settingByMode(
      duration(0, 60_000),
      { dev: 20, production: 0 },
      { env: ['ECHO_DELAY'], doc: 'Echo provider: time between pieces.' },
    ),
    scripted: settingByMode(
      flag,
      { dev: true, production: false },
      {
        env: ['ECHO_SCRIPTED'],
        doc: 'Echo provider: whether a message may begin with an /echo directive (docs/echo-model.md).',
      },
    ),
  },
} as const;

/** Kinds of provider that there are. */
export const providerTypes = ['echo', 'openai'] as const;

/** Settings of one provider. Their environment names follow `LLM_PROVIDER_<n>_`; their order is the order in which models are offered. */
export const providerFields = {
  type: optional(oneOf(providerTypes), {
    env: ['TYPE'],
    doc: 'Kind of provider: `echo` (built in, answers with what it was told) or `openai` (any OpenAI-compatible endpoint).',
  }),
  id: optional(text(100), {
    env: ['ID'],
    doc: 'Its name in metrics and logs; with MODEL also the id that users choose the model by.',
  }),
  name: optional(text(100), { env: ['NAME'], doc: 'What users see; with MODEL the name of the model.' }),
  endpoint: optional(httpUrl, {
    env: ['ENDPOINT', 'BASE_URL'],
    needed: 'for openai',
    doc: 'Base URL of the API, such as https://api.openai.com/v1.',
  }),
  apiKey: optional(secretText(4_096), {
    env: ['API_KEY'],
    secret: true,
    doc: 'Key of the API; none for an endpoint that asks for none.',
  }),
  model: optional(text(200), { env: ['MODEL'], doc: 'The one model of this provider, by its upstream name.' }),
  models: optional(listOf(modelSpec, 100), {
    env: ['MODELS'],
    doc: 'Several models: `id`, `id=Display name` or `id=Display name=upstream name`, with commas between them.',
  }),
  connectTimeoutMs: optional(upTo, { env: ['CONNECT_TIMEOUT'], doc: 'This provider’s own LLM_CONNECT_TIMEOUT.' }),
  firstTokenTimeoutMs: optional(upTo, {
    env: ['FIRST_TOKEN_TIMEOUT'],
    doc: 'This provider’s own LLM_FIRST_TOKEN_TIMEOUT.',
  }),
  idleTimeoutMs: optional(upTo, { env: ['IDLE_TIMEOUT'], doc: 'This provider’s own LLM_IDLE_TIMEOUT.' }),
  totalTimeoutMs: optional(upTo, { env: ['TOTAL_TIMEOUT'], doc: 'This provider’s own LLM_TOTAL_TIMEOUT.' }),
} as const;
