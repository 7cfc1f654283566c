// Station: cli/sessions. Runs `chatbox sessions show`: what a session is, and its last messages.
import { unreadableWords } from '../../protocol/answer-metadata.js';
import type { Message } from '../../protocol/http-session.js';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { oneLine } from '../output/table.js';
import { safeText } from '../ui/safe-text.js';
import { adminApi } from './admin-api.js';
import { sessionMeant } from './find.js';

const maxMessages = 500;

/** Prints a session. */
export async function showSession(invocation: Invocation): Promise<number> {
  const id = await sessionMeant(invocation, invocation.args[0] ?? '');
  const api = await adminApi(invocation);
  const body = await api.get(['admin', 'sessions', id], { limit: countOf(invocation) });
  await invocation.output.result(body, () => {
    const messages = Array.isArray(body.messages) ? (body.messages as Message[]) : [];
    const head = [
      `session  ${id}`,
      `name     ${oneLine(String(body.name ?? ''))}`,
      `model    ${oneLine(String(body.model_id ?? ''))}`,
    ];
    const older = body.truncated === true ? ['(older messages: chatbox sessions export)'] : [];
    return `${[...head, '', ...older, ...messages.map(messageText)].join('\n')}\n`;
  });
  return exitCodes.ok;
}

/** A message as a person reads it; nothing in it moves the cursor. The server gives no words of one that it cannot read. */
function messageText({ sender, timestamp, content, metadata }: Message): string {
  const words = metadata?.unreadable === undefined ? content : unreadableWords;
  return `${timestamp}  ${sender}: ${safeText(words).replaceAll('\n', '\n    ')}`;
}

function countOf(invocation: Invocation): number {
  const text = optionText(invocation, 'last') ?? '20';
  const count = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxMessages) return count;
  throw new CliError(
    exitCodes.usage,
    `--last must be a number from 1 to ${maxMessages}`,
    'a whole conversation: chatbox sessions export',
  );
}
