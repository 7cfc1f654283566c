// Station: store/sqlite. One server process for each DATA_DIR. Called by database for serve, on the thread that writes, and by restore.
import { join } from 'node:path';
import { StoreError } from '../../ports/store.js';
import { connect } from './driver.js';
import { prepareFile } from './prepare-file.js';

/** Name of the lock's file in DATA_DIR; it stays when the lock is let go. */
export const lockName = 'chatbox.lock';

/**
 * Takes DATA_DIR for this process; the returned function lets it go and is idempotent. The lock is SQLite's own, on a file beside the database: the system
 * drops it when the process ends in whatever way, so nothing stale is left by kill -9.
 * @throws StoreError busy when another holds it, unavailable when the folder can't be written
 */
export function lockDataDir(dataDir: string): () => void {
  const file = join(dataDir, lockName);
  prepareFile(file);
  const connection = connect(file);
  try {
    connection.exec('PRAGMA busy_timeout = 0');
    connection.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if (!(error instanceof StoreError) || error.kind !== 'unavailable') throw error;
    throw new StoreError(
      'busy',
      'Another chatbox uses this DATA_DIR. Stop that one, or choose another DATA_DIR.',
      error,
    );
  }
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    connection.exec('ROLLBACK');
    connection.close();
  };
}
