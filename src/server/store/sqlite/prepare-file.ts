// Station: store/sqlite. Makes DATA_DIR and an empty file in it, for nobody else's eyes. Called by sqlite-store, data-dir-lock and backup.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from '../../ports/store.js';

/**
 * Makes the folder of `file` (mode 0700) and `file` (mode 0600) where they are not there. What SQLite makes beside a file takes that file's mode.
 * At once, not by way of the event loop: at a start that is busy with loading, and the thread of the store would wait for it.
 * @throws StoreError unavailable
 */
export function prepareFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // A file that exists is never opened here: closing it would drop the locks that SQLite holds on it in this process.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw new StoreError(
      'unavailable',
      'The folder cannot be written. Check that it is a folder of yours (DATA_DIR), or choose another.',
      error,
    );
  }
}
