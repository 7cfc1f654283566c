// Station: cli/takeover. Canned replies from a file. Called by run-takeover.
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Io } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import type { Reply } from '../ui/desk-state.js';

const maxFileBytes = 1_048_576;
const maxReplies = 500;

/** Blocks parted by lines of `---`. The first line of a block names it; what follows is said. A block of one line is said as it stands. */
export function parseReplies(text: string): readonly Reply[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/^---+[ \t]*$/m)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .slice(0, maxReplies)
    .map((block) => {
      const [title = '', ...rest] = block.split('\n');
      const said = rest.join('\n').trim();
      return { title: title.trim(), text: said === '' ? title.trim() : said };
    });
}

/** Reads the file; none given is no replies. @throws CliError */
export async function readReplies(io: Pick<Io, 'cwd'>, file: string | undefined): Promise<readonly Reply[]> {
  if (file === undefined) return [];
  const path = resolve(io.cwd, file);
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes)
      throw new CliError(exitCodes.usage, `--replies: ${path} is larger than 1 MiB`, 'keep the replies that are used');
    return parseReplies(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError(exitCodes.usage, `--replies: ${path} cannot be read`, 'name a text file that is there', cause);
  }
}
