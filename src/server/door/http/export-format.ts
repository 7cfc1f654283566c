// Station: door/http. A conversation as a file: one head, then one piece for each message. Called by the export. Pure.
import { unreadableWords } from '../../../protocol/answer-metadata.js';
import type { Message } from '../../../protocol/http-session.js';

/** Formats of an export. */
export type ExportFormat = 'jsonl' | 'md' | 'csv';

/** How one format is written. */
export interface ExportWriter {
  readonly contentType: string;
  head(name: string): string;
  message(message: Message): string;
}

/** A spreadsheet takes a cell that begins so for a formula (the wide forms too, which some read as the plain ones). */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;

/** A cell of a CSV file (RFC 4180), so that no spreadsheet runs it. */
export function csvCell(value: string): string {
  const safe = formulaStart.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const columns = ['seq', 'timestamp', 'sender', 'type', 'message_id', 'content', 'file_id', 'file_url'] as const;

/** One line of Markdown cannot be told from structure unless it is quoted, so what was said is always quoted. */
function quoted(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => `> ${line}`)
    .join('\n');
}

/** A name becomes one line of a heading. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** What was said; of a message that cannot be read, that it is so, and not an empty line. JSON has it in the metadata. */
function wordsOf({ content, metadata }: Message): string {
  return metadata?.unreadable === undefined ? content : unreadableWords;
}

/** How each format is written. */
export const exportWriters: Readonly<Record<ExportFormat, ExportWriter>> = {
  jsonl: {
    contentType: 'application/x-ndjson; charset=utf-8',
    head: () => '',
    message: (message) => `${JSON.stringify(message)}\n`,
  },
  md: {
    contentType: 'text/markdown; charset=utf-8',
    head: (name) => `# ${oneLine(name)}\n`,
    message: (message) => {
      const { sender, timestamp, file_id: file } = message;
      return `\n**${sender}**, ${timestamp}${file === undefined ? '' : `, with file ${oneLine(file)}`}\n\n${quoted(wordsOf(message))}\n`;
    },
  },
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    head: () => `${columns.join(',')}\r\n`,
    message: (message) => {
      const cells = { ...message, content: wordsOf(message) };
      return `${columns.map((column) => csvCell(String(cells[column] ?? ''))).join(',')}\r\n`;
    },
  },
};
