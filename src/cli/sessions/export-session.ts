// Station: cli/sessions. Runs `chatbox sessions export`: a whole conversation as a file, in constant memory. Called by the command.
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { safeText } from '../ui/safe-text.js';
import { adminApi } from './admin-api.js';
import { sessionMeant } from './find.js';

/** A line longer than this is made safe for the terminal in parts; code units. */
const maxHeld = 65_536;

/** Prints the export, or writes it into a file that is there whole or not at all. Exact but on a terminal, which would obey what users write. */
export async function exportSession(invocation: Invocation): Promise<number> {
  const { io, output, options } = invocation;
  const id = await sessionMeant(invocation, invocation.args[0] ?? '');
  const api = await adminApi(invocation);
  const format = optionText(invocation, 'format') ?? 'jsonl';
  const pieces = await api.stream(['admin', 'sessions', id, 'export'], { format });
  const to = optionText(invocation, 'output');
  try {
    if (to === undefined) {
      const text = textOf(pieces);
      for await (const part of io.stdout.isTTY === true ? safeParts(text) : text) {
        if (io.signal.aborted) break;
        await write(io.stdout, part);
      }
    } else await intoFile(resolve(io.cwd, to), pieces, options.force === true);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    if (io.signal.aborted) return endCode(invocation);
    throw new CliError(
      exitCodes.unavailable,
      'the export broke off before its end',
      'try again: what was written is not whole',
      cause,
    );
  }
  if (to !== undefined) output.talk(`exported ${id} to ${to}`);
  return endCode(invocation);
}

async function* textOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of pieces) yield decoder.decode(piece, { stream: true });
}

/** Whole lines, made safe to draw: an escape sequence may begin in one piece and end in the next. */
async function* safeParts(text: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  for await (const part of text) {
    held += part;
    const end = held.length > maxHeld ? held.length : held.lastIndexOf('\n') + 1;
    yield safeText(held.slice(0, end));
    held = held.slice(end);
  }
  yield safeText(held);
}

function endCode({ io }: Invocation): number {
  if (!io.signal.aborted || io.signal.reason === 'EPIPE') return exitCodes.ok;
  return exitCodes.interrupted;
}

/** As fast as the reader reads. */
async function write(stdout: Invocation['io']['stdout'], text: string): Promise<void> {
  if (text === '' || stdout.destroyed || stdout.writableEnded) return;
  if (stdout.write(text) || stdout.destroyed) return;
  await new Promise<void>((done) => {
    const go = (): void => {
      stdout.off('drain', go);
      stdout.off('close', go);
      done();
    };
    stdout.on('drain', go);
    stdout.on('close', go);
  });
}

async function intoFile(path: string, pieces: AsyncIterable<Uint8Array>, mayReplace: boolean): Promise<void> {
  const part = `${path}.part-${process.pid}`;
  try {
    await pipeline(pieces, createWriteStream(part, { mode: 0o600, flags: 'wx' }));
    if (!mayReplace) await refuseExisting(path);
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

async function refuseExisting(path: string): Promise<void> {
  const { access } = await import('node:fs/promises');
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw new CliError(exitCodes.conflict, `${path} is there already`, 'say --force to replace it');
}
