// Station: store/sqlite. Brings a database file to the newest schema version. Called by database and by restore.
import { StoreError } from '../../ports/store.js';
import type { Connection } from './driver.js';
import { applicationId, migrations } from './schema.js';

/**
 * The schema version of the file; 0 for an empty one.
 * @throws StoreError corrupt when it is another program's database; invalid when a newer chatbox wrote it
 */
export function schemaVersion(connection: Connection, known: number = migrations.length): number {
  const version = Number(connection.pragma('user_version') ?? 0);
  const owner = Number(connection.pragma('application_id') ?? 0);
  const isEmpty = connection.prepare('SELECT count(*) FROM sqlite_master').row()?.[0] === 0;
  if (owner !== applicationId && !isEmpty) {
    throw new StoreError('corrupt', 'The file of the store is a database of another program. Choose another DATA_DIR.');
  }
  if (version > known) {
    throw new StoreError(
      'invalid',
      `The store was written by a newer chatbox: its schema version is ${version}, this one knows up to ${known}. Run that version again, or restore a backup that this one made.`,
    );
  }
  return version;
}

/**
 * Applies what is missing, each step in a transaction of its own, so that a crash leaves a whole version. Safe when two processes do it at once.
 * @throws StoreError as schemaVersion does, and when a step fails
 */
export function migrate(connection: Connection, steps: readonly string[] = migrations): void {
  if (schemaVersion(connection, steps.length) === steps.length) return;
  for (let at = 0; at < steps.length; at += 1) {
    connection.exec('BEGIN IMMEDIATE');
    try {
      // Read again under the lock: another process may have taken this step meanwhile.
      if (schemaVersion(connection, steps.length) === at) {
        connection.exec(steps[at] ?? '');
        connection.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${at + 1}`);
      }
      connection.exec('COMMIT');
    } catch (error) {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  }
}
