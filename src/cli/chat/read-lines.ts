// Station: cli/chat. Lines of a pipe, as they come, with a bound. Called by line-mode.
import type { Readable } from 'node:stream';

/** Longest line in characters: a message of 10,000 code points with every one escaped as JSON fits. */
export const maxLineLength = 131_072;

/** A line without its end, or that one was too long and dropped. */
export type Line = { readonly kind: 'line'; readonly text: string } | { readonly kind: 'too_long' };

/** Reads lines until the end of `input` or the signal, which ends the input too. Nothing is read while a line is worked on: a fast writer waits. */
export async function* readLines(input: Readable, signal: AbortSignal): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  const hangUp = (): void => void input.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  let rest = '';
  let isTooLong = false;
  const lineOf = (text: string): Line => {
    const dropped = isTooLong || text.length > maxLineLength;
    isTooLong = false;
    return dropped ? { kind: 'too_long' } : { kind: 'line', text: text.replace(/\r$/, '') };
  };
  try {
    for await (const chunk of input) {
      rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) yield lineOf(text);
      if (rest.length <= maxLineLength) continue;
      rest = '';
      isTooLong = true;
    }
    if (rest !== '' || isTooLong) yield lineOf(rest);
  } catch (cause) {
    if (!signal.aborted && !isHangUp(cause)) throw cause;
  } finally {
    signal.removeEventListener('abort', hangUp);
  }
}

/** A terminal that was closed reads like the end. */
function isHangUp(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EIO';
}
