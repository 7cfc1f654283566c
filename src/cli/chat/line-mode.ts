// Station: cli/chat. Talking over pipes: each line is a message, its answer goes to stdout before the next line is read. Called by run-chat.
import type { Readable } from 'node:stream';
import type { ChatClient } from '../../client/chat-client.js';
import type { Output } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { type AskStyle, ask } from './ask.js';
import { lineCommand } from './line-command.js';
import { maxLineLength, readLines } from './read-lines.js';

/** Where lines come from and how answers go out. */
export interface LineMode {
  readonly client: ChatClient;
  readonly input: Readable;
  readonly output: Output;
  readonly isJson: boolean;
  readonly style: AskStyle;
  /** Called after each answer. */
  readonly onEnd: () => void;
}

/** Talks until the end of the input. Resolves to the exit code: failure when any line got no whole answer. */
export async function runLines(mode: LineMode): Promise<number> {
  let code: number = exitCodes.ok;
  for await (const line of readLines(mode.input, mode.style.signal)) {
    const problem =
      line.kind === 'too_long' ? `a line has more than ${maxLineLength} characters` : await obey(line.text, mode);
    if (mode.style.signal.aborted) break;
    if (problem === null) continue;
    mode.output.warn(problem);
    code = exitCodes.failure;
  }
  return code;
}

async function obey(line: string, mode: LineMode): Promise<string | null> {
  const { client } = mode;
  const command = lineCommand(line, mode.isJson);
  switch (command.kind) {
    case 'nothing':
      return null;
    case 'unknown':
      return command.why;
    case 'message':
      return await converse(command.content, command.modelId, mode);
    case 'model_select':
      return went(client.selectModel(command.modelId));
    case 'cancel':
      return went(client.cancel());
    case 'retry':
      return went(client.retry());
    case 'help_request':
      return went(client.requestHelp());
    case 'typing_indicator':
      client.typing();
      return null;
  }
}

/** Says something and prints its answer. Returns what was wrong, for people. */
export async function converse(
  content: string,
  modelId: string | undefined,
  mode: Omit<LineMode, 'input'>,
): Promise<string | null> {
  const style = modelId === undefined ? mode.style : { ...mode.style, modelId };
  const { problem, note } = await ask(mode.client, content, style);
  mode.onEnd();
  if (note !== null) mode.output.talk(note);
  return problem === null ? null : `no whole answer: ${problem}`;
}

function went(isSent: boolean): string | null {
  return isSent ? null : 'a command could not be sent: there is no connection, or nothing that it is about';
}
