// Station: store/sqlite. Which files belong to a database, under whatever name they are reached. Called by backup and restore.
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lockName } from './data-dir-lock.js';

/** Whether `path` is the database file, one that the driver keeps beside it, or the lock of its folder: by place, and through symbolic and hard links. */
export async function isOwnFile(path: string, database: string): Promise<boolean> {
  const place = await placeOf(path);
  const identity = await identityOf(path);
  // Where the database is a link, the driver keeps its log beside what it leads to.
  const databases = [database, await realpath(database).catch(() => database)];
  for (const file of databases.flatMap(filesOf)) {
    if ((await placeOf(file)) === place) return true;
    if (identity !== null && (await identityOf(file)) === identity) return true;
  }
  return false;
}

const filesOf = (database: string): readonly string[] => [
  ...['', '-wal', '-shm', '-journal'].map((suffix) => `${database}${suffix}`),
  join(dirname(database), lockName),
];

/** The name in the folder as the system knows it; the file itself need not be there. */
async function placeOf(path: string): Promise<string> {
  const folder = dirname(path);
  return join(await realpath(folder).catch(() => folder), basename(path));
}

/** Device and inode, which hard links share; null when there is no such file. */
async function identityOf(path: string): Promise<string | null> {
  return await stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => null,
  );
}
