// Station: store/sqlite. The one place that turns the driver's errors into StoreError, by their code and never by their text. Called by driver and worker.
import { StoreError, type StoreErrorKind } from '../../ports/store.js';

interface Meaning {
  readonly kind: StoreErrorKind;
  readonly what: string;
}

/** By primary result code: an extended code such as SQLITE_IOERR_FSYNC begins with it. */
const meanings: readonly (readonly [prefix: string, meaning: Meaning])[] = [
  ['SQLITE_FULL', { kind: 'full', what: 'The store has no room left. Free space on the volume of DATA_DIR.' }],
  ['SQLITE_BUSY', { kind: 'unavailable', what: 'Another process holds the store for too long. Try again.' }],
  ['SQLITE_LOCKED', { kind: 'unavailable', what: 'Another process holds the store for too long. Try again.' }],
  ['SQLITE_IOERR', { kind: 'unavailable', what: 'The disk of the store failed. Check the volume of DATA_DIR.' }],
  ['SQLITE_CANTOPEN', { kind: 'unavailable', what: 'The store could not be opened. Check that DATA_DIR is writable.' }],
  ['SQLITE_READONLY', { kind: 'unavailable', what: 'The store is read-only. Check the owner and mode of DATA_DIR.' }],
  ['SQLITE_PERM', { kind: 'unavailable', what: 'The store may not be used. Check the owner and mode of DATA_DIR.' }],
  ['SQLITE_NOMEM', { kind: 'unavailable', what: 'There was no memory for the store. Try again.' }],
  ['SQLITE_CORRUPT', { kind: 'corrupt', what: 'The store is damaged. Restore a backup: chatbox store restore.' }],
  [
    'SQLITE_NOTADB',
    { kind: 'corrupt', what: 'The file of the store is no database. Restore a backup: chatbox store restore.' },
  ],
  ['SQLITE_CONSTRAINT', { kind: 'invalid', what: 'The store refused a value that breaks its rules.' }],
  ['SQLITE_MISMATCH', { kind: 'invalid', what: 'The store refused a value of the wrong type.' }],
  ['SQLITE_TOOBIG', { kind: 'invalid', what: 'The store refused a value that is too big.' }],
];

/** The driver sometimes throws a bare object, so only the shape counts. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What `error`, thrown by the driver, means to a user of the store. */
export function fault(error: unknown): StoreError {
  const code = codeOf(error);
  if (code === undefined) return new StoreError('unavailable', 'The store could not be opened or used.', error);
  const meaning = meanings.find(([prefix]) => code.startsWith(prefix))?.[1];
  if (meaning === undefined) return new StoreError('unavailable', `The store failed (${code}).`, error);
  return new StoreError(meaning.kind, `${meaning.what} (${code})`, error);
}
