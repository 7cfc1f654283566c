// Station: llm/openai. Models behind any OpenAI-compatible endpoint, on the official SDK. Made by adapters, lazily, within the watchdogs.
import type { Clock } from '../../../common/clock.js';
import { type Completion, LlmError, type LlmProvider, type LlmRequest } from '../../ports/llm.js';
import type { Log } from '../../ports/telemetry.js';
import { createRecentCalls } from '../recent-calls.js';
import { AnswerReader } from './answer-reader.js';
import { ChatboxOpenAI, endpointOf } from './openai-client.js';
import type { OpenAiSettings } from './openai-settings.js';
import { question, questionTemplate } from './question.js';
import { llmError, mayBeUnknownOption, toLlmError } from './upstream-errors.js';
import { createUpstream } from './upstream-fetch.js';
import { UpstreamResponse } from './upstream-response.js';

/** What the provider needs from outside. */
export interface OpenAiProviderDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Makes the provider; it connects when it is first asked. Asks once per question, except that an endpoint which refuses the wish for usage numbers
 * (HTTP 400 or 422, so nothing was written yet) is asked again without it, and from then on without it. No usage then: `Completion.usage` is null.
 * @throws Error when the base URL or a header cannot be used, or there is no model
 */
export function createOpenAiProvider(settings: OpenAiSettings, deps: OpenAiProviderDeps): LlmProvider {
  const { clock, log } = deps;
  if (settings.models.length === 0)
    throw new Error(`Model provider "${settings.name}" has no model. Name at least one.`);
  const endpoint = endpointOf(settings);
  const silenceTimeoutMs = settings.silenceTimeoutMs ?? 130_000;
  const upstream = createUpstream(endpoint.origin, {
    maxConnections: settings.maxConnections ?? 256,
    maxWaiting: settings.maxWaiting ?? 1_024,
    connectTimeoutMs: settings.connectTimeoutMs ?? 10_000,
    silenceTimeoutMs,
  });
  const client = new ChatboxOpenAI(endpoint, silenceTimeoutMs, upstream.fetch);
  const template = questionTemplate(settings, new URL(endpoint.url).hostname);
  const calls = createRecentCalls(clock);
  let usageOption: 'untried' | 'accepted' | 'refused' = 'untried';

  const send = async (request: LlmRequest, withUsage: boolean, signal: AbortSignal): Promise<UpstreamResponse> => {
    const response: unknown = await client.chat.completions
      .create(question(template, request, withUsage), { signal })
      .asResponse();
    if (!(response instanceof UpstreamResponse)) throw new TypeError('The SDK gave another response than our fetch.');
    return response;
  };

  const open = async (request: LlmRequest, signal: AbortSignal): Promise<UpstreamResponse> => {
    if (usageOption === 'refused') return send(request, false, signal);
    try {
      const response = await send(request, true, signal);
      usageOption = 'accepted';
      return response;
    } catch (error) {
      if (usageOption === 'accepted' || !mayBeUnknownOption(error)) throw error;
      const response = await send(request, false, signal);
      usageOption = 'refused';
      log.info('llm.usage_not_offered', { provider: settings.name });
      return response;
    }
  };

  const askOnce = async (
    request: LlmRequest,
    onText: (piece: string) => void,
    signal: AbortSignal,
  ): Promise<Completion> => {
    let phase: 'asking' | 'answering' = 'asking';
    try {
      const response = await open(request, signal);
      phase = 'answering';
      return await readAnswer(response, onText, clock);
    } catch (error) {
      // Whatever broke: if the caller has withdrawn, that is why.
      throw signal.aborted ? llmError('aborted', { name: 'AbortError' }) : toLlmError(error, phase, clock.now());
    }
  };

  return {
    name: settings.name,
    models: settings.models.map(({ id, name }) => ({ id, name })),
    async ask(request, onText, signal) {
      try {
        const completion = await askOnce(request, onText, signal);
        calls.succeeded();
        return completion;
      } catch (error) {
        if (error instanceof LlmError) calls.failed(error.kind);
        throw error;
      }
    },
    health: calls.health,
    close: upstream.close,
  } satisfies LlmProvider;
}

/** An aborted signal ends this too: it breaks the exchange, and that tells the reader. */
async function readAnswer(
  response: UpstreamResponse,
  onText: (piece: string) => void,
  clock: Clock,
): Promise<Completion> {
  // An endpoint that does not stream, or that wraps its error in a 200.
  const isWhole = response.headers.get('content-type')?.includes('application/json') === true;
  const json = isWhole ? await response.text() : null;
  const reader = new AnswerReader(response.upstream, onText, clock);
  if (json === null) response.upstream.read(reader);
  else reader.whole(json);
  return reader.completion;
}
