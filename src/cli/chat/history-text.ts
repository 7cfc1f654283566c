// Station: cli/chat. A conversation as text or NDJSON. Called by run-chat before it goes on with one.
import type { HistoryPage } from '../../client/history.js';
import { jsonLine } from '../output/json-line.js';
import { entryLines } from '../ui/entry-lines.js';
import { safeLine } from '../ui/safe-text.js';
import type { Theme } from '../ui/theme.js';

/** The conversation as people read it. `columns` null never wraps. */
export function historyText(page: HistoryPage, columns: number | null, theme: Theme): string {
  const title = safeLine(page.name) || page.sessionId;
  const older = page.isTruncated ? ['— There are older messages —'] : [];
  const lines = page.messages.flatMap((message) => entryLines(message, { columns, theme }));
  return [theme.dim(`— ${title} —`), ...older, ...lines, ''].join('\n');
}

/** The conversation as NDJSON: one line a message, `type` is `history`. */
export function historyJson(page: HistoryPage): string {
  return page.messages
    .map(({ seq, messageId, sender, content, timestamp, modelId, end }) => {
      const line = {
        type: 'history',
        session_id: page.sessionId,
        seq,
        message_id: messageId,
        sender,
        content,
        timestamp,
        model_id: modelId,
        end,
      };
      return `${jsonLine(line)}\n`;
    })
    .join('');
}
