// Station: llm/openai. An LlmRequest as an endpoint wants it. Pure; called by the provider.
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { LlmMessage, LlmRequest } from '../../ports/llm.js';
import type { OpenAiSettings } from './openai-settings.js';

/** Everything that is the same for every question to one endpoint. */
export interface QuestionTemplate {
  readonly upstreamIds: ReadonlyMap<string, string>;
  readonly fixed: Partial<ChatCompletionCreateParamsStreaming>;
  readonly sendEndUser: boolean;
}

/** Reads the template off the settings. `host` decides which field bounds the answer. */
export function questionTemplate(settings: OpenAiSettings, host: string): QuestionTemplate {
  const field = settings.maxOutputTokensField ?? (host === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens');
  return {
    upstreamIds: new Map(settings.models.map(({ id, upstreamId }) => [id, upstreamId ?? id])),
    fixed: {
      ...(settings.maxOutputTokens === undefined ? {} : { [field]: settings.maxOutputTokens }),
      ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
    },
    sendEndUser: settings.sendEndUser ?? true,
  };
}

/** The body of one question. `withUsage` asks for a last chunk with the tokens used. */
export function question(
  template: QuestionTemplate,
  request: LlmRequest,
  withUsage: boolean,
): ChatCompletionCreateParamsStreaming {
  return {
    ...template.fixed,
    model: template.upstreamIds.get(request.modelId) ?? request.modelId,
    messages: request.messages.map(asParam),
    stream: true,
    ...(withUsage ? { stream_options: { include_usage: true } } : {}),
    ...(template.sendEndUser && request.endUser !== undefined ? { user: request.endUser } : {}),
  };
}

function asParam({ role, content, name }: LlmMessage): ChatCompletionMessageParam {
  const safe = name === undefined ? '' : asParticipantName(name);
  return safe === '' ? { role, content } : { role, content, name: safe };
}

/** Endpoints refuse a name with anything but letters, digits, `_` and `-`, or over 64 of them; what of it is left says nothing where it was another script. */
function asParticipantName(name: string): string {
  const safe = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return safe.slice(0, 64);
}
