// Station: store/sqlite. Makes DATA_DIR and an empty file in it, for nobody else's eyes. Called by sqlite-store, data-dir-lock and backup.
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreError } from '../../ports/store.js';

/**
 * Makes the folder of `file` (mode 0700) and `file` (mode 0600) where they are not there. What SQLite makes beside a file takes that file's mode.
 * @throws StoreError unavailable
 */
export async function prepareFile(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // A file that exists is never opened here: closing it would drop the locks that SQLite holds on it in this process.
    const made = await open(file, 'wx', 0o600);
    await made.close();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw new StoreError(
      'unavailable',
      'The folder cannot be written. Check that it is a folder of yours (DATA_DIR), or choose another.',
      error,
    );
  }
}
