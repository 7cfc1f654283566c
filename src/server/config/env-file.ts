// Station: config. The lines of an env file. Called by load.

import type { Problem } from './problem.js';
import type { NamedValue } from './read-env.js';

const line = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/**
 * Reads `NAME=value` lines: `#` begins a comment at the start of a line or after white space, `'…'` is taken as it stands, in `"…"` a backslash
 * escapes. A value ends with its line.
 * @param label what to call the file in messages
 */
export function readEnvFile(
  content: string,
  label: string,
): { readonly values: readonly NamedValue[]; readonly problems: readonly Problem[] } {
  const values: NamedValue[] = [];
  const problems: Problem[] = [];
  for (const [index, whole] of content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const trimmed = whole.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const source = `${label}:${index + 1}`;
    const match = line.exec(trimmed);
    const name = match?.[1];
    if (name === undefined) {
      problems.push({ source, message: 'is not a line of the form NAME=value', fix: 'begin comments with #' });
      continue;
    }
    const raw = unquote(match?.[2] ?? '');
    if (raw === null) {
      problems.push({ source: `${source} ${name}`, message: 'has a quote that does not end on this line', fix: null });
    } else values.push({ name, raw, source: `${source} ${name}` });
  }
  return { values, problems };
}

/** The value without quotes and comment; null where a quote is left open. */
function unquote(rest: string): string | null {
  const quote = rest[0];
  if (quote === "'") return /^'([^']*)'\s*(?:#.*)?$/.exec(rest)?.[1] ?? null;
  if (quote === '"') {
    const inner = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(rest)?.[1];
    return inner === undefined ? null : inner.replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char);
  }
  return rest.replace(/(?:^|\s+)#.*$/, '').trim();
}
