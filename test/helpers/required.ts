// Station: test/helpers. What a test needs from the machine: there, or the test is skipped with its reason, or CI demands it. Called by tests of browsers, terminals, servers.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether a test that needs `name` may run. When it can't, the reason is printed, and if CHATBOX_TEST_REQUIRE (a comma-separated list) has `name`, this throws.
 */
export function mayRun(name: string, isThere: boolean, reason: string): boolean {
  if (isThere) return true;
  const demanded = (process.env.CHATBOX_TEST_REQUIRE ?? '').split(',').map((part) => part.trim());
  if (demanded.includes(name)) throw new Error(`CHATBOX_TEST_REQUIRE demands ${name}, but ${reason}`);
  process.stderr.write(`skipped: ${reason}\n`);
  return false;
}

/** The first of these programs that is on the PATH, or is a path that can be run; null when there is none. */
export function programOf(...names: readonly string[]): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const name of names) {
    const candidates = name.includes('/') ? [name] : folders.map((folder) => join(folder, name));
    const found = candidates.find(canRun);
    if (found !== undefined) return found;
  }
  return null;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
