// Station: store/mongodb. What the driver throws, as the errors of the port: by code, class and label, never by text. Called by every call of this folder.
import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoErrorLabel,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { StoreError } from '../../ports/store.js';

/** What a call does to the data: a read that broke off did nothing, a write may have. */
export type CallKind = 'read' | 'write';

const duplicateKey = 11_000;
/** The server's own codes (MongoDB, src/mongo/base/error_codes.yml). */
const codes = {
  full: new Set([14_031]),
  tooLarge: new Set([10_334, 17_419, 17_420, 17_280]),
  /** What the server says of a value that a write holds, and in our documents only their size can be wrong: an insert of more than 16 MiB. */
  badValue: new Set([2]),
  tooSlow: new Set([50]),
  refused: new Set([13, 18, 8_000]),
  /** The write was not begun: another member is primary, or none is. */
  notPrimary: new Set([10_107, 13_435, 10_058]),
  /** It may have been begun: the server shuts down, steps down, or could not have it confirmed by a majority. */
  uncertain: new Set([6, 7, 64, 89, 91, 100, 189, 9_001, 11_600, 11_602, 262, 317, 384]),
  busy: new Set([112, 251, 46]),
} as const;

/** The pool was emptied while the call waited for a connection, the connection was never made, or the server says that it did nothing. */
const neverSent = [
  MongoErrorLabel.PoolRequestedRetry,
  MongoErrorLabel.HandshakeError,
  MongoErrorLabel.NoWritesPerformed,
] as const;

/** Whether a unique index refused a document. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}

/** Whether nobody knows if the write was done: it is read back by its key. */
export function isUncertain(error: unknown): boolean {
  return translate(error, 'write').kind === 'unknown_outcome';
}

/** Whether a later attempt may succeed: the server is away, or changing its primary. */
export function mayPass(error: unknown): boolean {
  const { kind } = translate(error, 'write');
  return kind === 'unknown_outcome' || kind === 'unavailable' || kind === 'busy';
}

/** Whether the driver did not send it at all: refused for its size, or larger than the buffer that it is written into. */
export function isUnsendable(error: unknown): boolean {
  return error instanceof MongoInvalidArgumentError || error instanceof RangeError;
}

/** Why the server refused what a bulk write held, by the place of the document in it; null when the whole call failed otherwise. */
export function refusedDocuments(error: unknown): ReadonlyMap<number, number> | null {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined) return null;
  const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  // A connection that broke comes in the same class, without a word about any document: then nothing is known of all of them.
  if (errors.length === 0) return null;
  return new Map(errors.map(({ index, code }) => [index, Number(code)]));
}

/** The port's error for what the driver threw. Its message names no host, credential or content; the cause does, and is logged by its facts alone. */
export function translate(error: unknown, call: CallKind): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof MongoClientClosedError) return new StoreError('closed', 'The store is closed.', error);
  if (error instanceof MongoServerSelectionError) return away(error);
  if (error instanceof MongoError && neverSent.some((label) => error.hasErrorLabel(label))) return away(error);
  if (isUnsendable(error)) return new StoreError('invalid', tooLargeText, error);
  if (error instanceof MongoNetworkTimeoutError && call === 'read') return new StoreError('busy', tooSlowText, error);
  if (error instanceof MongoNetworkError) return call === 'write' ? unknown(error) : away(error);
  if (error instanceof MongoServerError) return fromServer(error, call);
  if (error instanceof MongoError) return call === 'write' ? unknown(error) : away(error);
  return new StoreError('unavailable', 'The store failed by a defect of chatbox.', error);
}

function fromServer(error: MongoServerError, call: CallKind): StoreError {
  const code = Number(error.code);
  if (Number.isNaN(code)) return call === 'write' ? unknown(error) : away(error);
  if (codes.full.has(code)) return new StoreError('full', 'MongoDB has no more room. Free some, or add some.', error);
  if (codes.tooLarge.has(code) || (call === 'write' && codes.badValue.has(code)))
    return new StoreError('invalid', tooLargeText, error);
  if (codes.tooSlow.has(code)) return new StoreError('busy', tooSlowText, error);
  if (codes.busy.has(code)) return new StoreError('busy', 'MongoDB is busy with the same document. Try again.', error);
  if (codes.refused.has(code)) {
    return new StoreError(
      'unavailable',
      'MongoDB refuses the user of MONGO_URI. Check user, password and authSource, and that the user may read and write the database.',
      error,
    );
  }
  if (codes.notPrimary.has(code)) return away(error);
  const isUncertainCode = codes.uncertain.has(code) || error.hasErrorLabel(MongoErrorLabel.RetryableWriteError);
  if (isUncertainCode) return call === 'write' ? unknown(error) : away(error);
  return new StoreError('unavailable', `MongoDB refused the call with code ${code}.`, error);
}

const tooSlowText =
  'MongoDB did not answer within 5 s. Narrow the list by a user, a status or a window of time, and check the indexes: chatbox doctor.';

const tooLargeText = 'MongoDB cannot keep this value: a document has 16 MiB at the most.';

/** Why a document of a bulk was refused that is no duplicate. */
export function refusedDocument(code: number): StoreError {
  if (codes.tooLarge.has(code) || codes.badValue.has(code)) return new StoreError('invalid', tooLargeText);
  return new StoreError('unavailable', `MongoDB refused an entry with code ${code}.`);
}

function away(error: Error): StoreError {
  return new StoreError('unavailable', 'MongoDB cannot be reached. Nothing was written; try again.', error);
}

function unknown(error: Error): StoreError {
  return new StoreError('unknown_outcome', 'MongoDB took a write and did not confirm it: it may be done.', error);
}
