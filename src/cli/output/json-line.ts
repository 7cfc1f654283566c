// Station: cli/output. JSON as the commands print it: for programs, and harmless where a person looks at it. Pure. Called by whatever prints JSON.
import { unsafe } from '../ui/safe-text.js';

/**
 * The value as one line of JSON in which what a terminal obeys, or what turns the reader's eye, is an escape: for a program the same value. Most of it JSON escapes
 * by itself; what it lets stand stands in texts alone, where an escape may stand too.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, escaped);
}

function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
    '',
  );
}
