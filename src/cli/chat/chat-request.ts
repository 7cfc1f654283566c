// Station: cli/chat. The options of `chatbox chat`, checked. Called by run-chat.
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** What was asked for. */
export interface ChatRequest {
  readonly message: string | undefined;
  readonly isResume: boolean;
  readonly sessionId: string | undefined;
  readonly isNew: boolean;
  readonly modelId: string | undefined;
  readonly answerTimeoutMs: number;
}

const longestSeconds = 86_400;

/** Reads the options. Throws CliError for what cannot be meant. */
export function chatRequest(invocation: Pick<Invocation, 'options'>): ChatRequest {
  const { options } = invocation;
  const request: ChatRequest = {
    message: optionText(invocation, 'message'),
    isResume: options.resume === true,
    sessionId: optionText(invocation, 'session'),
    isNew: options.new === true,
    modelId: optionText(invocation, 'model'),
    answerTimeoutMs: seconds(optionText(invocation, 'timeout') ?? '120') * 1_000,
  };
  if (request.isNew && (request.isResume || request.sessionId !== undefined)) {
    throw new CliError(
      exitCodes.usage,
      '--new begins another conversation',
      'leave --resume and --session out, or --new',
    );
  }
  if (request.message?.trim() === '') {
    throw new CliError(exitCodes.usage, '--message is empty', 'write what to ask: --message "hello"');
  }
  return request;
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= longestSeconds) return value;
  throw new CliError(
    exitCodes.usage,
    '--timeout is not a number of seconds',
    `give one from 1 to ${longestSeconds}: --timeout 120`,
  );
}
