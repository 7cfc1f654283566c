// Station: cli. Where the texts lie that users are handed. Called by init.
import { fileURLToPath } from 'node:url';

/** The folder templates/ of this package, two folders up from src/cli as from dist/cli and dist/bundle. */
export function templatesDir(): string {
  return fileURLToPath(new URL('../../templates/', import.meta.url));
}
