// Station: llm/openai. What one chunk of an answer says, read loosely: vendors differ, and what we don't know is skipped. Called by the answer reader.
import type { Completion } from '../../ports/llm.js';
import type { Usage } from '../../ports/store.js';

/** What a chunk says that matters to us. */
export interface ChunkFacts {
  /** Text to append; empty for none. */
  readonly text: string;
  /** Null where the answer goes on. `broken`: the endpoint says itself that it broke off, or says something that nobody knows. */
  readonly finish: Completion['finish'] | 'broken' | null;
  readonly usage: Usage | null;
  /** The `error` object that came in place of an answer. */
  readonly error: object | null;
}

const nothing: ChunkFacts = { text: '', finish: null, usage: null, error: null };

/**
 * Reads a chunk of a stream, or a whole answer that was not streamed.
 * @throws SyntaxError when it is not JSON
 */
export function readChunk(data: string): ChunkFacts {
  const chunk: unknown = JSON.parse(data);
  if (!isObject(chunk)) return nothing;
  const error = chunk.error;
  if (isObject(error)) return { ...nothing, error };
  if (typeof error === 'string' && error !== '') return { ...nothing, error: { message: error } };
  const usage = readUsage(chunk.usage);
  const choices = chunk.choices;
  const choice: unknown = Array.isArray(choices) ? choices.find(isFirstChoice) : undefined;
  if (!isObject(choice)) return usage === null ? nothing : { ...nothing, usage };
  const said = choice.delta ?? choice.message;
  return {
    text: isObject(said) ? textOf(said) : '',
    finish: readFinish(choice.finish_reason),
    usage,
    error: null,
  };
}

/** We ask for one answer; a vendor that sends several numbers them. */
function isFirstChoice(choice: unknown): boolean {
  return isObject(choice) && (choice.index === undefined || choice.index === null || choice.index === 0);
}

/** A refusal is what the model says to the user, in another field. */
function textOf(said: Readonly<Record<string, unknown>>): string {
  const content = said.content;
  if (typeof content === 'string' && content !== '') return content;
  const refusal = said.refusal;
  return typeof refusal === 'string' ? refusal : '';
}

function readUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  const promptTokens = usage.prompt_tokens;
  const completionTokens = usage.completion_tokens;
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Reasons that vendors give, beside OpenAI's own. A tool call was never asked for, so it ends the answer like any other. */
const finishes: ReadonlyMap<string, Completion['finish']> = new Map([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['stop_sequence', 'stop'],
  ['end_turn', 'stop'],
  ['tool_calls', 'stop'],
  ['function_call', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['content_filter', 'filtered'],
]);

/** A reason that is not in the list is no promise that the answer is whole (finding R24): `abort` and `error` are such. */
function readFinish(reason: unknown): ChunkFacts['finish'] {
  if (typeof reason !== 'string' || reason === '') return null;
  return finishes.get(reason.toLowerCase()) ?? 'broken';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
