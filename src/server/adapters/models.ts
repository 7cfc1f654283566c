// Station: app. The configured model providers, each imported when it is chosen. Called by adapters.
import type { Config, ProviderConfig } from '../config/schema.js';
import { createModelDirectory } from '../llm/directory.js';
import { withWatchdogs } from '../llm/watchdogs.js';
import type { LlmProvider } from '../ports/llm.js';
import { type AdapterDeps, AdapterError } from './deps.js';

/** Makes the configured providers, each behind its watchdogs, in their order. */
export async function openModels({ llm, chat }: Config, deps: AdapterDeps) {
  const providers: LlmProvider[] = [];
  for (const provider of llm.providers) {
    const limits = {
      firstTokenMs: provider.firstTokenTimeoutMs,
      idleMs: provider.idleTimeoutMs,
      totalMs: provider.totalTimeoutMs,
    };
    providers.push(withWatchdogs(await openProvider(provider, { llm, chat }, deps), limits, deps.clock));
  }
  return createModelDirectory(providers);
}

async function openProvider(
  provider: ProviderConfig,
  { llm: { echo }, chat }: Pick<Config, 'llm' | 'chat'>,
  deps: AdapterDeps,
): Promise<LlmProvider> {
  switch (provider.type) {
    case 'echo': {
      const { createEchoProvider } = await import('../llm/echo/echo-provider.js');
      return createEchoProvider(
        {
          name: provider.id,
          models: provider.models,
          scripted: echo.scripted,
          defaults: { firstDelayMs: echo.firstDelayMs, delayMs: echo.delayMs },
        },
        deps,
      );
    }
    case 'openai': {
      const { createOpenAiProvider } = await import('../llm/openai/openai-provider.js');
      if (provider.endpoint === null)
        throw new AdapterError(`provider ${provider.id} has no endpoint`, 'set its ENDPOINT');
      return createOpenAiProvider(
        {
          name: provider.id,
          baseUrl: provider.endpoint,
          models: provider.models.map(({ id, name, upstreamName }) => ({ id, name, upstreamId: upstreamName })),
          connectTimeoutMs: provider.connectTimeoutMs,
          // A question that was let through must not wait for a connection: its time to the first token runs already.
          maxConnections: chat.maxConcurrentTurns,
          silenceTimeoutMs: provider.totalTimeoutMs + 10_000,
          ...(provider.apiKey === null ? {} : { apiKey: provider.apiKey.reveal() }),
        },
        deps,
      );
    }
  }
}
