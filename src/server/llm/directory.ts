// Station: llm. Which models there are, in the configured order, and who answers for each. Made by adapters; chat takes it as it is.
import type { LlmProvider } from '../ports/llm.js';

/** A model that may be chosen, as users see it. */
export interface DirectoryModel {
  readonly id: string;
  readonly name: string;
}

/** The models of all providers. */
export interface ModelDirectory {
  /** Providers in the configured order, models in the provider's order. Never empty. */
  readonly models: readonly DirectoryModel[];
  /** The first model of all. */
  readonly defaultModelId: string;
  /** The provider of a model, or undefined for an id that is not configured (finding R2). */
  providerOf(modelId: string): LlmProvider | undefined;
  /** In the configured order. */
  readonly providers: readonly LlmProvider[];
  /** Closes every provider; the errors of all are in the one that it rejects with. */
  close(): Promise<void>;
}

/**
 * Makes the directory of all models.
 * @throws Error when there is no model, or when two providers (or one provider twice) offer the same id
 */
export function createModelDirectory(providers: readonly LlmProvider[]): ModelDirectory {
  const byModel = new Map<string, LlmProvider>();
  const models: DirectoryModel[] = [];
  for (const provider of providers) {
    for (const { id, name } of provider.models) {
      const other = byModel.get(id);
      if (other !== undefined) {
        throw new Error(
          `Model id "${id}" is offered twice, by provider "${other.name}" and by provider "${provider.name}". Give one of them another id.`,
        );
      }
      byModel.set(id, provider);
      models.push({ id, name });
    }
  }
  const first = models[0];
  if (first === undefined)
    throw new Error('There is no model to talk to. Configure at least one provider with a model.');
  return {
    models,
    defaultModelId: first.id,
    providers,
    providerOf: (modelId) => byModel.get(modelId),
    async close() {
      const results = await Promise.allSettled(providers.map((provider) => provider.close()));
      const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      if (failures.length > 0) throw new AggregateError(failures, 'Some model providers did not close.');
    },
  };
}
