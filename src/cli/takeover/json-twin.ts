// Station: cli/takeover. `chatbox takeover <id> --json`: frames out, commands in, a line each. Called by run-takeover.
import type { Readable } from 'node:stream';
import { ChatError } from '../../client/chat-error.js';
import type { DeskClient } from '../../client/desk-client.js';
import { maxLineLength, readLines } from '../chat/read-lines.js';

/** What a line may ask for. */
export type TwinCommand =
  | { readonly type: 'message' | 'whisper'; readonly content: string }
  | { readonly type: 'hand_back'; readonly note: string | undefined }
  | { readonly type: 'take'; readonly force: boolean }
  | { readonly type: 'typing' | 'watch' | 'leave' };

/** What stands behind the twin. */
export interface TwinParts {
  readonly client: Pick<DeskClient, 'join' | 'watch' | 'leave' | 'say' | 'whisper' | 'typing' | 'snapshot'>;
  readonly sessionId: string;
  readonly input: Readable;
  readonly signal: AbortSignal;
  /** Takes one event as a line. */
  readonly print: (event: Readonly<Record<string, unknown>>) => void;
}

const known = ['message', 'whisper', 'hand_back', 'take', 'typing', 'watch', 'leave'] as const;

/** A line as a command, or why it is none. */
export function twinCommand(line: string): TwinCommand | { readonly type: 'bad'; readonly why: string } {
  const bad = (why: string) => ({ type: 'bad', why }) as const;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return bad('not JSON: give one object a line, such as {"type":"message","content":"Hello"}');
  }
  if (typeof value !== 'object' || value === null) return bad('not an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const type = known.find((name) => name === fields.type);
  if (type === undefined) return bad(`type must be one of ${known.join(', ')}`);
  const { content, note, force } = fields;
  switch (type) {
    case 'message':
    case 'whisper':
      return typeof content === 'string' && content.trim() !== '' ? { type, content } : bad(`${type} needs a content`);
    case 'hand_back':
      return note === undefined || typeof note === 'string' ? { type, note } : bad('note must be a text');
    case 'take':
      return force === undefined || typeof force === 'boolean'
        ? { type, force: force === true }
        : bad('force must be true or false');
    case 'typing':
    case 'watch':
    case 'leave':
      return { type };
  }
}

/** Obeys each line in its turn and answers it with a `result` or an `error` event. Resolves to whether every line was good and done; a held session is handed back at the end of the input. */
export async function runTwin(parts: TwinParts): Promise<boolean> {
  const { client, sessionId, input, signal, print } = parts;
  let isGood = true;
  for await (const line of readLines(input, signal)) {
    if (signal.aborted) break;
    if (line.kind !== 'too_long' && line.text.trim() === '') continue;
    const command =
      line.kind === 'too_long'
        ? ({ type: 'bad', why: `a line has more than ${maxLineLength} characters` } as const)
        : twinCommand(line.text);
    if (command.type === 'bad') {
      print({ type: 'command_error', code: 'usage', message: command.why });
      isGood = false;
      continue;
    }
    try {
      const result = await obey(parts, command);
      print({ type: 'command_result', command: command.type, session_id: sessionId, ...result });
    } catch (error) {
      isGood = false;
      const code = error instanceof ChatError ? error.code : 'failed';
      const message = error instanceof Error ? error.message : 'it did not work';
      print({ type: 'command_error', command: command.type, code, message });
    }
  }
  if (client.snapshot.sessions.get(sessionId)?.role === 'holder') await client.leave(sessionId).catch(() => undefined);
  return isGood;
}

async function obey(
  { client, sessionId }: TwinParts,
  command: TwinCommand,
): Promise<Readonly<Record<string, unknown>>> {
  switch (command.type) {
    case 'message': {
      const { seq, messageId } = await client.say(sessionId, command.content);
      return { seq, message_id: messageId };
    }
    case 'whisper':
      return { bound_to: await client.whisper(sessionId, command.content) };
    case 'take':
      await client.join(sessionId, { force: command.force });
      return {};
    case 'watch':
      await client.watch(sessionId);
      return {};
    case 'hand_back':
      await client.leave(sessionId, command.note);
      return {};
    case 'leave':
      await client.leave(sessionId);
      return {};
    case 'typing':
      return { sent: client.typing(sessionId) };
  }
}
