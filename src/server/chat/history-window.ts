// Station: chat. What the model is shown: system prompt, then the conversation within a token budget, oldest dropped first, whole exchanges. Pure; called by turn.
import { WireError } from '../../protocol/errors.js';
import type { LlmMessage } from '../ports/llm.js';
import type { Aside, LogEntry, MessageEntry } from '../ports/store.js';

/** Tokens of a text where no tokenizer is at hand: 3 bytes a token (DESIGN.md section 3). */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

/** What else the window needs to know. `retryOf` is the turn key whose earlier attempts are left out. */
export interface WindowRequest {
  readonly systemPrompt: string;
  readonly budgetTokens: number;
  readonly retryOf?: string;
  /** What people told the model beside the log, in order of place. */
  readonly asides?: readonly Aside[];
}

/**
 * The messages of a model call, oldest first. `log` is the newest part of the conversation, oldest first.
 * @throws WireError INVALID_FORMAT when the newest message alone, with the system prompt, is over the budget
 */
export function historyWindow(log: readonly LogEntry[], request: WindowRequest): readonly LlmMessage[] {
  const system: LlmMessage[] = request.systemPrompt === '' ? [] : [{ role: 'system', content: request.systemPrompt }];
  let left = request.budgetTokens - (system.length > 0 ? cost(request.systemPrompt) : 0);
  const kept: LlmMessage[] = [];
  // An exchange is what users (or colleagues) said and the answer after it; it is kept or dropped whole.
  for (const exchange of exchangesNewestFirst(inOrderOfSense(log, request.asides ?? []), request.retryOf)) {
    const price = exchange.reduce((sum, message) => sum + cost(message.content), 0);
    if (price > left) {
      if (kept.length === 0) kept.unshift(...newestAlone(exchange, left));
      break;
    }
    left -= price;
    kept.unshift(...exchange);
  }
  return [...system, ...kept];
}

const perMessageTokens = 4;

function cost(content: string): number {
  return estimateTokens(content) + perMessageTokens;
}

function newestAlone(exchange: readonly LlmMessage[], left: number): LlmMessage[] {
  const newest = exchange.findLast(({ role }) => role === 'user') ?? exchange.at(-1);
  if (newest !== undefined && cost(newest.content) <= left) return [newest];
  throw new WireError(
    'INVALID_FORMAT',
    'This message is longer than what the model can be shown at once. Send a shorter one, or split it.',
  );
}

/** What is shown of a conversation: what lies in its log, and beside it. */
type Part = LogEntry | Aside;

/**
 * An answer belongs after what it answers and before what was said while it was being written, which waits for the next one. An aside belongs after the
 * entry that it is bound to and the answer to that; one that is bound before the part that is shown is as old as what was left out there.
 */
function inOrderOfSense(log: readonly LogEntry[], asides: readonly Aside[]): readonly Part[] {
  const first = log[0]?.seq ?? 1;
  const last = log.at(-1)?.seq ?? 0;
  const shown = asides.filter(({ seq }) => seq >= first - 1 && seq <= last);
  return [...log, ...shown].sort((one, other) => placeOf(one) - placeOf(other));
}

function placeOf(part: Part): number {
  if (!('entry' in part)) return part.seq + 0.75;
  const { seq, entry } = part;
  return entry.kind === 'message' && entry.answersThrough !== undefined ? entry.answersThrough + 0.5 : seq;
}

function* exchangesNewestFirst(parts: readonly Part[], retryOf: string | undefined): Generator<LlmMessage[]> {
  let exchange: LlmMessage[] = [];
  for (let at = parts.length - 1; at >= 0; at -= 1) {
    const part = parts[at];
    const message = part === undefined || 'entry' in part ? asModelSees(part, retryOf) : asideAsModelSees(part);
    if (message === null) continue;
    if (message.role === 'assistant' && message.name === undefined && exchange.length > 0) {
      yield exchange;
      exchange = [];
    }
    exchange.unshift(message);
  }
  if (exchange.length > 0) yield exchange;
}

function asideAsModelSees({ kind, text }: Aside): LlmMessage {
  const from =
    kind === 'note'
      ? 'A human colleague who spoke with the user leaves you this note, which the user does not see'
      : 'A human colleague tells you, unseen by the user';
  return { role: 'system', content: `[${from}:] ${text}` };
}

function asModelSees(log: LogEntry | undefined, retryOf: string | undefined): LlmMessage | null {
  if (log === undefined) return null;
  const { entry } = log;
  switch (entry.kind) {
    case 'message':
      // Empty words would tell the model that nothing was said.
      if (entry.unreadable !== undefined) return { role: roleOf(entry), content: '[a message that cannot be read]' };
      if (entry.sender === 'ai') return answer(entry, retryOf);
      if (entry.sender === 'admin')
        return {
          role: 'assistant',
          name: entry.authorName ?? 'colleague',
          content: `[${entry.authorName ?? 'A colleague'}, a human colleague, said:] ${entry.content}`,
        };
      return {
        role: 'user',
        content: entry.type === 'file_upload' ? `[shared a file] ${entry.content}`.trim() : entry.content,
      };
    case 'floor':
      return entry.holder.kind === 'ai' && entry.previous.kind === 'admin'
        ? {
            role: 'system',
            content: `${entry.previous.name}, a human colleague, spoke with the user and has handed the conversation back to you.`,
          }
        : null;
    case 'model':
    case 'help':
    case 'rename':
    case 'end':
      return null;
  }
}

function roleOf({ sender }: MessageEntry): LlmMessage['role'] {
  return sender === 'user' ? 'user' : 'assistant';
}

function answer(entry: MessageEntry & { readonly at: number }, retryOf: string | undefined): LlmMessage | null {
  if (retryOf !== undefined && entry.turnId?.startsWith(retryOf) === true) return null;
  const isCut = entry.end === 'interrupted' || entry.end === 'cancelled';
  return { role: 'assistant', content: isCut ? `${entry.content} [this answer was cut off here]` : entry.content };
}
