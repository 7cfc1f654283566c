// Station: store/sqlite. Copies a store to a file and back, whole or not at all. Called by `chatbox store backup` and `chatbox store restore`.
import { chmod, copyFile, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Random, toHex } from '../../../common/random.js';
import { StoreError } from '../../ports/store.js';
import { lockDataDir } from './data-dir-lock.js';
import { type Connection, connect } from './driver.js';
import { schemaVersion } from './migrate.js';
import { isOwnFile } from './own-files.js';
import { prepareFile } from './prepare-file.js';

/** What to copy where. */
export interface CopyRequest {
  readonly from: string;
  readonly to: string;
  /** Whether `to` may be there; it is then replaced in one step. */
  readonly overwrite: boolean;
}

/** What was copied. */
export interface CopyReceipt {
  readonly bytes: number;
  readonly sessions: number;
  readonly entries: number;
}

/**
 * Writes a consistent copy of the database file `from` to the file `to` (mode 0600), while servers may be at work on it. `to` appears whole, or not at all.
 * @throws StoreError: invalid when `from` is no store, or `to` is there or a file of that store, full, unavailable, corrupt
 */
export async function backupStore({ from, to, overwrite }: CopyRequest, random: Random): Promise<CopyReceipt> {
  await demandStore(from);
  if (await isOwnFile(to, from)) {
    throw new StoreError(
      'invalid',
      'The target is a file of the store itself, which a copy in its place would destroy. Choose a path other than the files in DATA_DIR.',
    );
  }
  await demandRoom(to, overwrite);
  return publish({ to, overwrite, draft: draftBeside(to, random) }, (draft) => {
    const source = connect(from);
    try {
      source.exec('PRAGMA busy_timeout = 4000');
      schemaVersion(source);
      // The driver keeps a closed file open as long as a prepared statement lives, hence text with the name quoted.
      source.exec(`VACUUM INTO '${draft.replaceAll("'", "''")}'`);
    } finally {
      source.close();
    }
  });
}

/**
 * Puts the backup `from` in the place of the database file `to`. It is checked first; no server may run on that folder. A crash leaves the old or the new.
 * @throws StoreError: invalid when `from` is no whole backup, of a newer version or a file of `to` itself, or `to` is there; busy when a server runs; full, unavailable, corrupt
 */
export async function restoreStore({ from, to, overwrite }: CopyRequest, random: Random): Promise<CopyReceipt> {
  await demandStore(from);
  if (await isOwnFile(from, to)) {
    throw new StoreError(
      'invalid',
      'The source is a file of the store that it would replace, so nothing could be restored. Give a backup that is none of the files in DATA_DIR.',
    );
  }
  if ((await sizeOf(`${from}-wal`)) > 0) {
    throw new StoreError(
      'invalid',
      'The source is a database in use, not a backup. Make one of it: chatbox store backup.',
    );
  }
  const release = lockDataDir(dirname(to));
  try {
    await demandRoom(to, overwrite);
    return await publish(
      { to, overwrite, draft: draftBeside(to, random) },
      (draft) => copyFile(from, draft),
      () => retire(to),
    );
  } finally {
    release();
  }
}

/** On the same disk, so that it can take the name of `to`; copies that are made at once have one each. */
const draftBeside = (to: string, random: Random): string =>
  join(dirname(to), `.chatbox-${toHex(random.bytes(6))}.draft`);

/**
 * Makes a draft, checks it, puts it on the disk and gives it its name.
 * @param make fills the draft, an empty file
 * @param clear makes way for it, once it is known to be good
 */
async function publish(
  { to, overwrite, draft }: Omit<CopyRequest, 'from'> & { readonly draft: string },
  make: (draft: string) => Promise<void> | void,
  clear: () => Promise<void> = async () => undefined,
): Promise<CopyReceipt> {
  try {
    return await fill();
  } catch (error) {
    throw fromDisk(error);
  }

  async function fill(): Promise<CopyReceipt> {
    prepareFile(draft);
    try {
      await make(draft);
      await chmod(draft, 0o600);
      const receipt = { bytes: await sizeOf(draft), ...inspect(draft) };
      await syncPath(draft);
      await clear();
      // A link, unlike a rename, fails where another process made `to` meanwhile.
      await (overwrite ? rename(draft, to) : link(draft, to));
      await syncPath(dirname(to));
      return receipt;
    } finally {
      await removeAll(draft);
    }
  }
}

/** Counts what a database file holds, after proving that it is whole. @throws StoreError */
function inspect(file: string): { readonly sessions: number; readonly entries: number } {
  const connection = connect(file);
  try {
    // Out of WAL mode, so that nothing beside the draft belongs to it when it gets its name.
    connection.exec('PRAGMA journal_mode = DELETE');
    const version = schemaVersion(connection);
    if (version === 0)
      throw new StoreError('invalid', 'The source holds no store. Give a file that chatbox store backup made.');
    if (connection.pragma('quick_check(1)') !== 'ok') {
      throw new StoreError('corrupt', 'The source is damaged. Take another backup.');
    }
    return { sessions: count(connection, 'session'), entries: count(connection, 'entry') };
  } finally {
    connection.close();
  }
}

const count = (connection: Connection, table: 'session' | 'entry'): number =>
  Number(connection.prepare(`SELECT count(*) FROM ${table}`).row()?.[0] ?? 0);

/** Ends the old database so that no log of it is ever applied to the new file: folded in while it still has its name, then removed. */
async function retire(file: string): Promise<void> {
  if ((await sizeOf(file)) >= 0) {
    try {
      const old = connect(file);
      old.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      old.close();
    } catch (error) {
      // One that can't be opened any more is what a restore is for.
      if (!(error instanceof StoreError)) throw error;
    }
  }
  await rm(`${file}-wal`, { force: true });
  await rm(`${file}-shm`, { force: true });
}

async function demandStore(file: string): Promise<void> {
  if ((await sizeOf(file)) > 0) return;
  throw new StoreError('invalid', 'There is no store to copy from. Check the file and DATA_DIR.');
}

async function demandRoom(file: string, overwrite: boolean): Promise<void> {
  if (overwrite || (await sizeOf(file)) < 0) return;
  throw new StoreError(
    'invalid',
    'The target is there already. Choose another name, or say that it may be overwritten.',
  );
}

/** Bytes of a file; -1 when there is none. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => -1,
  );
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeAll(draft: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(`${draft}${suffix}`, { force: true });
}

/** The file system's errors in the store's words. */
function fromDisk(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST') return new StoreError('invalid', 'The target appeared meanwhile. Choose another name.', error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StoreError('full', 'There is no room for the copy. Free space.', error);
  return new StoreError(
    'unavailable',
    'The copy could not be written. Check that the folder exists and is writable.',
    error,
  );
}
