// Station: config. The list of model providers, from the settings of each number. Called by load.
import { limits } from '../../protocol/limits.js';
import type { Mode, Resolved } from './field.js';
import { type providerFields, providerTypes } from './fields/llm-fields.js';
import type { ModelConfig } from './model-spec.js';
import type { Problem } from './problem.js';
import type { Config, ProviderConfig } from './schema.js';

type ProviderSettings = Resolved<typeof providerFields>;

/** One provider's settings, by number. `isBroken` says that some were refused, so that what is missing is no news. */
export interface ProviderSlot {
  readonly slot: number;
  readonly settings: ProviderSettings;
  readonly source: string;
  readonly isBroken: boolean;
}

/** What `--dev` talks to when nobody names a model. */
const devProvider: ProviderSettings = {
  type: 'echo',
  id: 'echo',
  name: 'Echo',
  endpoint: null,
  apiKey: null,
  model: null,
  models: null,
  connectTimeoutMs: null,
  firstTokenTimeoutMs: null,
  idleTimeoutMs: null,
  totalTimeoutMs: null,
};

/** Makes the providers; adds to `problems` what keeps one from working. */
export function resolveProviders(
  slots: readonly ProviderSlot[],
  defaults: Omit<Config['llm'], 'providers'>,
  mode: Mode,
  problems: Problem[],
): readonly ProviderConfig[] {
  if (slots.length === 0 && mode === 'production') {
    problems.push({
      source: 'LLM_PROVIDER_1_TYPE',
      message: 'no model provider is given',
      fix: 'set LLM_PROVIDER_1_TYPE=openai with _ENDPOINT, _API_KEY and _MODEL; to try it without: `chatbox serve --dev`',
    });
  }
  const asked =
    slots.length === 0 && mode === 'dev'
      ? [{ slot: 1, settings: devProvider, source: '--dev', isBroken: false }]
      : slots;
  const providers = asked.flatMap((slot) => resolveProvider(slot, defaults, problems));
  complainOfTwins(asked, providers, problems);
  return providers;
}

function resolveProvider(
  { slot, settings, source, isBroken }: ProviderSlot,
  defaults: Omit<Config['llm'], 'providers'>,
  problems: Problem[],
): readonly ProviderConfig[] {
  const name = (suffix: string) => `LLM_PROVIDER_${slot}_${suffix}`;
  const before = problems.length;
  const miss = (message: string, fix: string) => problems.push({ source, message, fix });
  if (settings.type === null) miss('has no type', `set ${name('TYPE')} to ${providerTypes.join(' or ')}`);
  const id = settings.id ?? `${settings.type ?? 'provider'}-${slot}`;
  if (settings.type === 'openai' && settings.endpoint === null) {
    miss('is of type openai and has no endpoint', `set ${name('ENDPOINT')}, such as https://api.openai.com/v1`);
  }
  if (settings.model !== null && settings.models !== null) {
    miss('has both a model and models', `keep ${name('MODEL')} for one, ${name('MODELS')} for several`);
  }
  const models = modelsOf(settings, id);
  if (models.length === 0) miss('has no model', `set ${name('MODEL')}, such as gpt-4o-mini`);
  if (isBroken) {
    // What was refused has been reported; what seems missing may be just that.
    problems.splice(before);
    return [];
  }
  if (problems.length > before || settings.type === null) return [];
  return [
    {
      type: settings.type,
      id,
      endpoint: settings.endpoint,
      apiKey: settings.apiKey,
      models,
      connectTimeoutMs: settings.connectTimeoutMs ?? defaults.connectTimeoutMs,
      firstTokenTimeoutMs: settings.firstTokenTimeoutMs ?? defaults.firstTokenTimeoutMs,
      idleTimeoutMs: settings.idleTimeoutMs ?? defaults.idleTimeoutMs,
      totalTimeoutMs: settings.totalTimeoutMs ?? defaults.totalTimeoutMs,
    },
  ];
}

/** With MODEL (the older way) users choose the provider's id and see its name; with MODELS each model brings its own. */
function modelsOf({ type, id, name, model, models }: ProviderSettings, providerId: string): readonly ModelConfig[] {
  if (models !== null) return models;
  if (model !== null) {
    const ownId = id ?? model.slice(0, limits.modelId);
    return [{ id: ownId, name: name ?? ownId, upstreamName: model }];
  }
  return type === 'echo' ? [{ id: providerId, name: name ?? 'Echo', upstreamName: 'echo' }] : [];
}

/** Users choose a model by its id, and metrics name a provider by its own: neither may be there twice. */
function complainOfTwins(
  slots: readonly ProviderSlot[],
  providers: readonly ProviderConfig[],
  problems: Problem[],
): void {
  const source = slots.at(-1)?.source ?? 'llm.providers';
  for (const id of twins(providers.map((provider) => provider.id))) {
    problems.push({
      source,
      message: `two providers have the id ${JSON.stringify(id)}`,
      fix: 'give each its own LLM_PROVIDER_<n>_ID',
    });
  }
  for (const id of twins(providers.flatMap(({ models }) => models.map((model) => model.id)))) {
    problems.push({
      source,
      message: `two models have the id ${JSON.stringify(id)}`,
      fix: 'write one of them as other-id=Display name=upstream name',
    });
  }
}

function twins(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}
