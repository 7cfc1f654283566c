// Station: ops. What a log line says of an error. Called by the log; nothing else may write an error into a line.
import { WireError } from '../../protocol/errors.js';
import { LlmError } from '../ports/llm.js';
import { StoreError } from '../ports/store.js';

/** What is written of an error. */
export interface ErrorFacts {
  readonly name: string;
  readonly kind?: string;
  readonly code?: string | number;
  readonly message?: string;
  /** Where it was thrown: frames only. */
  readonly stack?: readonly string[];
  readonly cause?: ErrorFacts;
}

/** A cause of a cause of a cause says enough. */
const maxDepth = 3;
const maxFrames = 12;

/**
 * The messages of our own errors are written by us and hold nothing of anyone. Those of others may quote what they choked on (a body, a message, a
 * key, a URL), so of them only name, code and the places that they came through are written.
 */
export function errorFacts(error: unknown, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) return { name: `thrown ${error === null ? 'null' : typeof error}` };
  const cause = error.cause === undefined || depth + 1 >= maxDepth ? {} : { cause: errorFacts(error.cause, depth + 1) };
  if (error instanceof StoreError || error instanceof LlmError) {
    return { name: error.name, kind: error.kind, message: error.message, ...cause };
  }
  if (error instanceof WireError) return { name: error.name, code: error.code, message: error.message, ...cause };
  const code = 'code' in error ? plainCode(error.code) : undefined;
  return { name: plainName(error.name), ...(code === undefined ? {} : { code }), stack: framesOf(error), ...cause };
}

/** Codes of Node and of drivers; a provider's own words are no code. */
function plainCode(code: unknown): string | number | undefined {
  if (typeof code === 'number') return code;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : undefined;
}

function plainName(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) ? name : 'Error';
}

/** The stack without its first lines, which repeat the message. */
function framesOf(error: Error): string[] {
  const stack = error.stack ?? '';
  const messageEnd = stack.indexOf(error.message) + error.message.length;
  const frames = stack.slice(stack.includes(error.message) ? messageEnd : 0).split('\n');
  return frames
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, maxFrames)
    .map((line) => line.trim());
}
