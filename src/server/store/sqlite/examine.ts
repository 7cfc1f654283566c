// Station: store/sqlite. What the doctor asks of a data folder: whether its file is there, ours, of a known version and whole. Called by adapters.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../common/clock.js';
import type { Finding, Verdict } from '../../ports/finding.js';
import { StoreError } from '../../ports/store.js';
import { connect } from './driver.js';
import { schemaVersion } from './migrate.js';
import { migrations } from './schema.js';
import { databaseName } from './sqlite-store.js';

/** Examines the file, which servers may have open: it is only read. */
export async function examineSqlite(dataDir: string, clock: Clock): Promise<readonly Finding[]> {
  const startedAt = clock.monotonic();
  const verdict = await look(join(dataDir, databaseName));
  return [{ name: 'store file', ...verdict, tookMs: Math.round(clock.monotonic() - startedAt) }];
}

/** Whether the file is there and of the version that this chatbox writes, so that opening it changes nothing. */
export async function isCurrent(dataDir: string): Promise<boolean> {
  const file = join(dataDir, databaseName);
  if ((await stat(file).catch(() => null)) === null) return false;
  const connection = connect(file);
  try {
    connection.pragma('query_only = ON');
    return schemaVersion(connection) === migrations.length;
  } finally {
    connection.close();
  }
}

async function look(file: string): Promise<Verdict> {
  const found = await stat(file).catch(() => null);
  if (found === null) {
    return {
      state: 'warning',
      found: `there is no store at ${file} yet`,
      fix: 'the first start makes it; or mend DATA_DIR',
    };
  }
  try {
    return { state: 'ok', found: read(file), fix: null };
  } catch (error) {
    const why = error instanceof StoreError ? error.message : 'The file cannot be read.';
    return { state: 'failed', found: why, fix: 'restore a backup (chatbox store restore), or name another DATA_DIR' };
  }
}

function read(file: string): string {
  const connection = connect(file);
  try {
    connection.pragma('query_only = ON');
    const version = schemaVersion(connection);
    const sessions = version === 0 ? 0 : connection.prepare('SELECT count(*) FROM session').row()?.[0];
    const what =
      version < migrations.length ? `schema version ${version}, the next start brings it to` : 'schema version';
    return `${what} ${migrations.length}, ${sessions} sessions`;
  } finally {
    connection.close();
  }
}
