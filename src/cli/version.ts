// Station: cli. The version of this package. Called by main for --version, by program for help.
import { readFileSync } from 'node:fs';

/** The version in package.json, which lies two folders up from src/cli as from dist/cli. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const version = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined;
  if (typeof version !== 'string') throw new Error('package.json has no version: the installation is broken');
  return version;
}
