// Station: llm/echo. The built-in model: says what it was told, offline and the same each time. Made by adapters; the default of `chatbox serve --dev`.
import type { Clock } from '../../../common/clock.js';
import type { Random } from '../../../common/random.js';
import type { LlmMessage, LlmProvider } from '../../ports/llm.js';
import type { Usage } from '../../ports/store.js';
import { Delivery } from './delivery.js';
import { readDirective } from './directive.js';
import { type EchoPrompt, echoAnswer, piecesOf } from './echo-answer.js';
import { type EchoScript, plainScript } from './echo-script.js';

/** Settings of the echo model. */
export interface EchoSettings {
  /** Its name in metrics and logs. Default `echo`. */
  readonly name?: string;
  /** Default: one, `echo`. All answer alike. */
  readonly models?: readonly { readonly id: string; readonly name: string }[];
  /** Whether a message may begin with an `/echo` directive (docs/echo-model.md). Without it such a message is echoed like any other. */
  readonly scripted: boolean;
  /** How answers go where no directive says otherwise. Default: word by word, 30 ms a word. */
  readonly defaults?: Partial<EchoScript>;
}

/** What the echo model needs from outside. */
export interface EchoDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** Makes the echo model. */
export function createEchoProvider(settings: EchoSettings, { clock, random }: EchoDeps): LlmProvider {
  const base: EchoScript = { ...plainScript, ...settings.defaults };
  return {
    name: settings.name ?? 'echo',
    models: settings.models ?? [{ id: 'echo', name: 'Echo' }],
    async ask(request, onText, signal) {
      const prompt = promptOf(request.messages, settings.scripted, base);
      const answer = echoAnswer(prompt);
      const pieces = piecesOf(answer, prompt.script.piece);
      await new Delivery({ script: prompt.script, pieces, onText, signal }, clock, random).run();
      return { finish: prompt.script.finish, usage: usageOf(prompt.script, request.messages, answer) };
    },
    health: () => ({ ok: true }),
    close: () => Promise.resolve(),
  } satisfies LlmProvider;
}

function promptOf(messages: readonly LlmMessage[], scripted: boolean, base: EchoScript): EchoPrompt {
  const start = startOfUnanswered(messages);
  const unanswered = messages.slice(start).filter(({ role }) => role === 'user');
  const said = unanswered.map(({ content }) => content).join('\n');
  const newest = unanswered.at(-1)?.content ?? '';
  const earlier = messages.slice(0, start);
  const read = scripted ? readDirective(newest, base) : { kind: 'plain' as const };
  switch (read.kind) {
    case 'plain':
      return { script: base, text: said, earlier };
    case 'scripted':
      // A directive speaks for itself; what else waits for an answer is part of the conversation before it.
      return {
        script: read.script,
        text: read.text,
        earlier: messages.slice(
          0,
          messages.findLastIndex(({ role }) => role === 'user'),
        ),
      };
    case 'mistaken':
      return { script: { ...base, content: { kind: 'mistake', problem: read.problem } }, text: '', earlier };
  }
}

/** Where what nobody answered begins: behind the last answer, or behind where a colleague handed back, if one spoke since: what was said to them was not for the model. */
function startOfUnanswered(messages: readonly LlmMessage[]): number {
  const spoke = messages.findLastIndex(({ role }) => role === 'assistant');
  const isColleague = messages[spoke]?.name !== undefined;
  const handedBack = isColleague ? messages.findIndex(({ role }, at) => at > spoke && role === 'system') : -1;
  const answered = Math.max(spoke, handedBack);
  const firstUser = messages.findIndex(({ role }, at) => at > answered && role === 'user');
  return firstUser === -1 ? messages.length : firstUser;
}

/** Three bytes a token, as everywhere without a tokenizer. */
function usageOf(script: EchoScript, messages: readonly LlmMessage[], answer: string): Usage | null {
  if (script.usage === 'none') return null;
  if (script.usage !== null) return script.usage;
  const promptBytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  return { promptTokens: Math.ceil(promptBytes / 3), completionTokens: Math.ceil(Buffer.byteLength(answer) / 3) };
}
